import type { RunAnalysis } from '../../analysis/run-analysis.js'
import { serverLabel } from '../../analysis/run-analysis.js'

/** What the figures rest on, as pairs of a word and its value: the same in HTML, Markdown and elsewhere. */
export function restsOn(analysis: RunAnalysis): [name: string, value: string][] {
  const { model, video, environment, measurements, points } = analysis
  const requests = points.reduce((sum, { requestLatency }) => sum + requestLatency.samples, 0)
  const facts: [string, string | undefined][] = [
    ['Server', serverLabel(analysis)],
    ['Model', model && `${model.name}, weights ${model.weights}`],
    [
      'Video',
      video &&
        `${fileName(video.source)}, ${video.frames} frames, ${video.width}×${video.height}, ` +
          `${(video.jpegBytesMean / 1000).toFixed(1)} kB a JPEG`,
    ],
    ['Answers', answersInWords(analysis)],
    ['Machine', machineInWords(environment)],
    ['Date', analysis.startedAt],
    [
      'Measured',
      `${points.length} points, ${measurements.length} measurements, ${requests.toLocaleString('en')} requests`,
    ],
  ]
  return facts.filter((fact): fact is [string, string] => fact[1] !== undefined)
}

/** Whether answers were checked, and how surely the answer to another frame would have been noticed. */
function answersInWords({ answerReference }: RunAnalysis): string | undefined {
  if (answerReference === undefined) return undefined
  if (answerReference.state === 'off') return `not compared: ${answerReference.reason}`
  const { frames, tolerance, nearestDifferent, power } = answerReference
  return (
    `compared with those of ${frames} frames alone; tolerance ${tolerance.toPrecision(2)}, ` +
    `the two most alike frames differ by ${nearestDifferent.toPrecision(2)} (power ${Math.floor(power)})`
  )
}

/** `linux 6.1, AMD EPYC, 2 cores, 23.5 GiB memory`; what each figure is, only where it does not say so itself. */
function machineInWords({ os, cpu, cores, memory }: Record<string, string>): string | undefined {
  const facts = [os, cpu, cores && `${cores} cores`, memory && `${memory} memory`].filter(Boolean)
  return facts.length === 0 ? undefined : facts.join(', ')
}

/** A source without its folder: reports travel, and paths of this machine tell others nothing. */
function fileName(source: string): string {
  return source.includes('://') ? source : source.split(/[\\/]/).at(-1)!
}
