import { execa } from 'execa'
import { z } from 'zod'
import type { TorchServeSettings } from '../../scenario/plan/plan.js'
import { cleanEnvironment } from '../../system/python-env/make-venv.js'
import { plural } from '../../system/plural.js'
import { ExitCode, UserError } from '../../system/user-error.js'
import type { Archive } from '../archive/archive-format.js'
import type { ServerEnvironment } from './environment/choose-environment.js'
import { resolveVariables } from './start-java.js'

const missingSchema = z.object({
  /** Top-level modules, with the file and line that imports each. */
  missing: z.array(z.object({ module: z.string(), file: z.string(), line: z.int() })),
  /** The requirements file that the archive's manifest names; empty if it names none. */
  requirementsFile: z.string(),
  /** A file of the archive that is no valid Python. */
  broken: z.object({ file: z.string(), line: z.int(), message: z.string(), text: z.string() }).nullable(),
})

/*
 * Starts at the handler and the model file, and follows the imports of the archive's own modules and of TorchServe's
 * handlers, because those import torchvision or captum. Only statements at the top of a module count, outside of try,
 * if and functions: all others may never run, or may handle a missing module. The files are parsed, never executed;
 * find_spec of a top-level name imports nothing.
 */
const program = `
import ast, importlib.util, json, os, sys, tarfile, zipfile

path, form, home = sys.argv[1:4]

def archived():
    if form == "zip":
        with zipfile.ZipFile(path) as file:
            for name in file.namelist():
                yield name, (lambda name=name: file.read(name))
    elif form == "tgz":
        with tarfile.open(path) as file:
            for member in file:
                if member.isfile():
                    yield member.name.partition("/")[2], (lambda member=member: file.extractfile(member).read())
    else:
        for folder, _, names in os.walk(path, followlinks=True):
            for name in names:
                full = os.path.join(folder, name)
                yield os.path.relpath(full, path).replace(os.sep, "/"), (lambda full=full: open(full, "rb").read())

own, sources, manifest = set(), {}, {}
for name, read in archived():
    first = name.split("/")[0]
    own.add(first[:-3] if first.endswith(".py") else first.split(".")[0])
    if name.endswith(".py"):
        sources[name] = read()
    elif name == "MAR-INF/MANIFEST.json":
        manifest = json.loads(read())["model"]

def source_of(module):
    """The file of a module of the archive or of TorchServe, and its text."""
    for name in (module.replace(".", "/") + ".py", module.replace(".", "/") + "/__init__.py"):
        if name in sources:
            return name, sources[name]
        full = os.path.join(home, name)
        if module.split(".")[0] == "ts" and os.path.isfile(full):
            with open(full, "rb") as file:
                return name, file.read()
    return None

def module_of(file):
    name = file[:-3].replace("/", ".")
    return name[:-9] if name.endswith(".__init__") else name

def imported(name, text):
    """Pairs of a module and a line. A name in "from package import name" may be a module too."""
    package = module_of(name).split(".") if name.endswith("__init__.py") else module_of(name).split(".")[:-1]
    for node in ast.parse(text).body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join(base + ([node.module] if node.module else []))
            yield module, node.lineno
            for alias in node.names:
                yield (module + "." if module else "") + alias.name, node.lineno

missing, seen, todo, broken = {}, set(), [], None
handler = manifest.get("handler", "").split(":")[0]
todo.append(module_of(handler) if handler.endswith(".py") else "ts.torch_handler." + handler)
if manifest.get("modelFile", "").endswith(".py"):
    todo.append(module_of(manifest["modelFile"]))
while todo:
    module = todo.pop()
    found = None if module in seen else source_of(module)
    seen.add(module)
    if found is None:
        continue
    name, text = found
    try:
        imports = list(imported(name, text))
    except SyntaxError as error:
        if name in sources and broken is None:
            text = (error.text or "").strip()
            broken = {"file": name, "line": error.lineno or 1, "message": error.msg, "text": text}
        continue
    for other, line in imports:
        todo.append(other)
        top = other.split(".")[0]
        if top in own or top in missing or top == "" or top in sys.builtin_module_names:
            continue
        if importlib.util.find_spec(top) is None:
            missing[top] = {"module": top, "file": name, "line": line}
print(json.dumps({"missing": list(missing.values()), "requirementsFile": manifest.get("requirementsFile") or "", "broken": broken}))
`

/** The package that brings a module, if its name is another one. */
const packageOf: Readonly<Record<string, string>> = {
  cv2: 'opencv-python-headless',
  PIL: 'pillow',
  sklearn: 'scikit-learn',
  skimage: 'scikit-image',
  yaml: 'PyYAML',
  dateutil: 'python-dateutil',
  google: 'protobuf',
  pynvml: 'nvidia-ml-py',
  turbojpeg: 'PyTurboJPEG',
  faiss: 'faiss-cpu',
  mmcv: 'mmcv-lite',
}

/**
 * Checks that the environment has what the handler of an archive imports, before a server is started in which the
 * worker would die. Nothing of the archive is executed.
 *
 * @throws UserError (exit code 3) that names the modules and what to install, or the line of a syntax error
 */
export async function requireImports(
  archive: Pick<Archive, 'file' | 'form'> & { name?: string | undefined },
  {
    environment,
    settings,
    signal,
  }: { environment: ServerEnvironment; settings: TorchServeSettings; signal?: AbortSignal | undefined },
): Promise<void> {
  const variables = resolveVariables(settings.env ?? {}, process.env)
  const { file, form } = archive
  // -P is not in Python 3.10; a folder without Python files keeps modules of the working folder out.
  const result = await execa(environment.python, ['-c', program, file, form, environment.sitePackages], {
    cwd: environment.sitePackages,
    env: { ...cleanEnvironment(process.env), ...variables },
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
    timeout: 120_000,
    ...(signal && { cancelSignal: signal }),
  })
  signal?.throwIfAborted()
  const found = parseMissing(result.stdout)
  // Something about the archive that only TorchServe can judge.
  if (found === undefined) return
  if (found.broken !== null) throw syntaxError(archive.name ?? file, found.broken)
  if (found.missing.length === 0) return
  const installs = settings.config?.['install_py_dep_per_model'] === true
  if (found.requirementsFile !== '' && installs) return
  throw missingImports(archive.name ?? file, found, settings)
}

function parseMissing(text: unknown): z.infer<typeof missingSchema> | undefined {
  try {
    return missingSchema.parse(JSON.parse(String(text)))
  } catch {
    return undefined
  }
}

/** A handler outside of an archive is named once. */
function placeInArchive(archive: string, file: string, line: number): string {
  return `${archive.endsWith('.py') ? archive : `${archive}: ${file}`}, line ${line}`
}

function syntaxError(
  archive: string,
  { file, line, message, text }: NonNullable<z.infer<typeof missingSchema>['broken']>,
): UserError {
  return new UserError(`${file} is not valid Python`, {
    where: placeInArchive(archive, file, line),
    expected: 'a file that the Python of the server can read',
    received: `SyntaxError: ${message}${text === '' ? '' : `: ${text}`}`,
    remedy: 'Fix this line, or the line before it.',
    exitCode: ExitCode.environment,
  })
}

function missingImports(
  archive: string,
  { missing, requirementsFile }: z.infer<typeof missingSchema>,
  { python }: TorchServeSettings,
): UserError {
  const modules = missing.map(({ module }) => module)
  const packages = modules.map((module) => packageOf[module] ?? module)
  const [first] = missing
  const install =
    python === undefined
      ? `Write ${packages.join(' and ')} into a requirements.txt and set server.requirements to it. Framestorm installs it beside its own torch.`
      : `Install ${packages.join(' ')} into ${python}.`
  const own =
    requirementsFile === ''
      ? ''
      : ` Or set server.config.install_py_dep_per_model to true, so that TorchServe installs the ${requirementsFile} of the archive.`
  return new UserError(
    `the handler imports ${modules.join(', ')}, which the Python environment of the server does not have`,
    {
      where: placeInArchive(archive, first!.file, first!.line),
      expected: `${plural(modules.length, 'module')} that can be imported: ${modules.join(', ')}`,
      received: 'no such module',
      remedy: install + own,
      exitCode: ExitCode.environment,
    },
  )
}
