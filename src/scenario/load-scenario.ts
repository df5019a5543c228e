import { createHash } from 'node:crypto'
import { stringify } from 'safe-stable-stringify'
import { basename, dirname, extname, resolve } from 'node:path'
import { GrammarError } from './grammar/grammar-error.js'
import { parseServer } from './grammar/parse-server.js'
import { mergePoints, sectionIssues, type RawSections } from './schema/merge-points.js'
import { output, type OutputSettings } from './schema/output.js'
import { scenarioDefaults, scenarioSchema } from './schema/scenario-schema.js'
import { applyDefaults } from './schema/section.js'
import { describeIssues, describeReceived } from './text/describe-issues.js'
import { isMapping, type LocatedData, type SourceText } from './text/located-data.js'
import { duplicateField, parseYaml } from './text/parse-yaml.js'
import { problemsError, type Problem } from './text/problem.js'
import { setServer, setValue } from './text/set-value.js'
import { hideAddresses, maskText, type HiddenValue } from './hide-addresses.js'
import { resolvePaths } from './resolve-paths.js'
import { hiddenHeaders, hideAliasedHeaders, hideHeaders } from './text/hide-headers.js'
import { readServerFile } from './load-server.js'
import { readYamlFile } from './text/read-yaml-file.js'

/** A scenario that was read and validated. */
export interface LoadedScenario {
  name: string
  /** Absolute. */
  file: string
  /** The text of the file, before `--set` and `--server` are applied, with masked addresses and header values. */
  text: string
  /** SHA-256 of its contents after `--set` and `--server` are applied. */
  hash: string
  /** The flags that changed it, as written but with masked addresses and header values. */
  overrides: string[]
  /**
   * The input of the plan: sweeps are still lists, defaults are not applied, paths are absolute, servers are mappings.
   */
  entries: RawSections[]
  seed: number
  /** Checked by the schema. */
  thresholds: string[]
  output: OutputSettings
}

export interface ScenarioOverrides {
  /** `path=value`, in order; relative paths are resolved against the working directory. */
  set?: readonly string[] | undefined
  /** More of them, applied after `set`, for one side of a gate: their flag, for errors. */
  sideSet?: { flag: string; texts: readonly string[] } | undefined
  server?: string | undefined
  /** The flag that names the server, for errors; default: `--server`. */
  serverFlag?: string | undefined
  /** The command searches the number of cameras, so the scenario needs none, and no share of a ceiling is used. */
  camerasAreSearched?: boolean | undefined
}

/**
 * Reads a scenario file, applies `--set` and `--server` to it and checks the result.
 *
 * @throws UserError (exit 2) that lists all problems, each with its place and a remedy
 */
export async function loadScenario(path: string, overrides: ScenarioOverrides = {}): Promise<LoadedScenario> {
  const text = await readYamlFile(path, 'scenario')
  const file = resolve(path)
  const source: SourceText = { kind: 'file', label: path, text, folder: dirname(file) }
  const { server, serverFlag: flag = '--server' } = overrides
  const serverFile = server === undefined ? undefined : await readServerFile({ flag, server })
  const { data, problems, own, hidden } = readHidden(source, path, overrides, serverFile)
  const checked = scenarioSchema.safeParse(data.value)
  if (!checked.success) {
    const unchecked = isMapping(data.value) ? data.value : {}
    const issues = [...checked.error.issues, ...sectionIssues(unchecked, mergePoints(unchecked), overrides)]
    throw problemsError([...problems, ...describeIssues(issues, data)], path)
  }
  const written = resolvePaths(checked.data, data, source.folder)
  const merged = mergePoints(written)
  problems.push(...describeIssues(sectionIssues(written, merged, overrides), data))
  if (problems.length > 0) throw problemsError(problems, path)
  return {
    name: written.name ?? basename(file, extname(file)),
    file,
    text: hideAliasedHeaders(maskText(text, hidden), own),
    hash: scenarioHash(data.value),
    overrides: flagsOf(overrides, hidden),
    entries: overrides.camerasAreSearched === true ? merged.map(withoutCeiling) : merged,
    seed: written.seed ?? scenarioDefaults.seed,
    thresholds: written.thresholds ?? [],
    output: applyDefaults(output.defaults, written.output),
  }
}

function withoutCeiling({ load, ...entry }: RawSections): RawSections {
  const each = [load ?? []].flat().map((one) => {
    if (one.kind === 'closed') return one
    const { ofCeiling: _, ...others } = one
    return others
  })
  return { ...entry, load: each }
}

/** The file as data, changed by the flags. Its addresses are masked before anything else looks at it. */
function readHidden(
  source: SourceText,
  path: string,
  overrides: ScenarioOverrides,
  serverFile: SourceText | undefined,
): { data: LocatedData; problems: Problem[]; own: LocatedData; hidden: HiddenValue[] } {
  const read = readMapping(source, path)
  const ofFile = hideAddresses(read.data)
  const { data, problems } = overridden({ data: ofFile.data, problems: read.problems }, overrides, serverFile)
  const ofFlags = hideAddresses(data)
  const hidden = [ofFile.hidden, hiddenHeaders(read.data), ofFlags.hidden, hiddenHeaders(data)].flat()
  return { data: ofFlags.data, problems, own: read.data, hidden }
}

/** The file as data. After a syntax error no further checks run, because they would only report its consequences. */
function readMapping(source: SourceText, path: string): { data: LocatedData; problems: Problem[] } {
  const parsed = parseYaml(source)
  const fatal = parsed.problems.filter((problem) => problem.message !== duplicateField)
  if (fatal.length > 0) throw problemsError(parsed.problems, path)
  const { value } = parsed.data
  if (isMapping(value)) return parsed
  const empty = value === null || value === undefined
  const start = empty ? 0 : source.text.search(/\S/)
  throw problemsError(
    [
      {
        span: { source, start, end: start + 1 },
        message: empty ? 'the scenario is empty' : 'the scenario is not a mapping',
        expected: 'fields such as video, batching and load',
        received: describeReceived(value),
        remedy: 'Start from a copy of scenarios/quickstart.yaml.',
      },
    ],
    path,
  )
}

function overridden(
  { data, problems }: { data: LocatedData; problems: Problem[] },
  overrides: ScenarioOverrides,
  serverFile: SourceText | undefined,
): { data: LocatedData; problems: Problem[] } {
  const folder = process.cwd()
  const { server, serverFlag = '--server' } = overrides
  const edits = setFlags(overrides).map(({ flag, text }) => (current: LocatedData) => {
    const known = text.startsWith('server.') ? withServerFields(current) : current
    return setValue(known, text, folder, flag)
  })
  // The server first, so that --set can change its fields.
  if (server !== undefined)
    edits.unshift((current) => setServer(current, { flag: serverFlag, server }, { folder, file: serverFile }))
  return edits.reduce(
    (current, edit) => {
      const edited = edit(current.data)
      return { data: edited.data, problems: [...current.problems, ...edited.problems] }
    },
    { data, problems },
  )
}

/** The data with a server that is written as a text as the equivalent mapping, so that --set reaches its fields. */
function withServerFields(data: LocatedData): LocatedData {
  if (!isMapping(data.value)) return data
  const text = data.value['server'] ?? scenarioDefaults.server
  if (typeof text !== 'string') return data
  try {
    return { ...data, value: { ...data.value, server: parseServer(text) } }
  } catch (error) {
    // The schema reports it with its place.
    if (error instanceof GrammarError) return data
    throw error
  }
}

function setFlags({ set = [], sideSet }: ScenarioOverrides): { flag: string; text: string }[] {
  return [
    ...set.map((text) => ({ flag: '--set', text })),
    ...(sideSet?.texts ?? []).map((text) => ({ flag: sideSet!.flag, text })),
  ]
}

function flagsOf(overrides: ScenarioOverrides, hidden: readonly HiddenValue[]): string[] {
  return [
    ...setFlags(overrides).map(({ flag, text }) => `${flag} ${maskText(text, hidden)}`),
    ...(overrides.server === undefined ? [] : [`--server ${overrides.server}`]),
  ].map((flag) => hideHeaders(flag))
}

/**
 * SHA-256 of a scenario's contents after `--set` and `--server` are applied. Comments, layout, the order of fields and
 * the folder of the file have no effect.
 *
 * @returns 64 hexadecimal digits
 */
function scenarioHash(scenario: unknown): string {
  return createHash('sha256')
    .update(stringify(scenario) ?? '')
    .digest('hex')
}
