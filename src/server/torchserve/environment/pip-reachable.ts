import { execa } from 'execa'

import { cpuIndex } from './pip-arguments.js'

// Through Python, because it knows the proxies of the environment and of the system as pip does.
const question = `
import ssl, sys, urllib.request
url, proxy, cert = sys.argv[1:4]
handlers = [urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=cert or None))]
if proxy:
    handlers.append(urllib.request.ProxyHandler({"http": proxy, "https": proxy}))
urllib.request.build_opener(*handlers).open(urllib.request.Request(url, method="HEAD"), timeout=8).close()
`

/** Whether PyTorch's CPU index answers, by way of pip's own proxy and certificate settings. */
export async function isCpuIndexReachable(
  python: string,
  settings: ReadonlyMap<string, string>,
  signal?: AbortSignal,
): Promise<boolean> {
  const args = ['-c', question, `${cpuIndex}/torch/`, settings.get('proxy') ?? '', settings.get('cert') ?? '']
  const result = await execa(python, args, { reject: false, timeout: 15_000, cancelSignal: signal })
  signal?.throwIfAborted()
  return !result.failed
}
