/** One line of a metrics endpoint. */
export interface MetricSample {
  name: string
  labels: Record<string, string>
  value: number
}

const sampleLine = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: -?\d+)?$/
const label = /([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)",?/g

/**
 * Reads Prometheus' text format (version 0.0.4) as TorchServe's simpleclient writes it: a comma also after the last
 * label, numbers as Java prints doubles. Lines of another form are passed over. Pure.
 */
export function parseExposition(text: string): MetricSample[] {
  return text.split('\n').flatMap((line) => {
    const match = line.startsWith('#') ? null : sampleLine.exec(line.trim())
    if (match === null) return []
    const [, name = '', labels = '', number = ''] = match
    const value = number.endsWith('Inf') ? Number(number.replace('Inf', 'Infinity')) : Number(number)
    if (Number.isNaN(value)) return []
    const pairs: Record<string, string> = {}
    for (const [, key = '', quoted = ''] of labels.matchAll(label)) pairs[key] = unescaped(quoted)
    return [{ name, labels: pairs, value }]
  })
}

function unescaped(quoted: string): string {
  return quoted.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped))
}
