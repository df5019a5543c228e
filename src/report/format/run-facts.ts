import { serverLabel, type RunAnalysis } from '../../analysis/run-analysis.js'
import { plural } from '../../system/plural.js'
import { formatKilobytes } from './numbers.js'

export type Fact = [name: string, value: string]

/** What was measured, where and how much of it; the same in HTML and Markdown. */
export function runFacts(analysis: RunAnalysis): Fact[] {
  const { model, video, environment, measurements, points } = analysis
  const requests = points.reduce((sum, { requestLatency }) => sum + requestLatency.samples, 0)
  return known([
    ['Server', serverLabel(analysis)],
    ['Model', model && `${model.name}, weights ${model.weights}`],
    [
      'Video',
      video &&
        `${fileName(video.source)}, ${plural(video.frames, 'frame')}, ${video.width}×${video.height}, ` +
          `${formatKilobytes(video.jpegBytesMean)} per JPEG`,
    ],
    ['Answers', answersWords(analysis)],
    ['Machine', machineWords(environment)],
    ['Date', analysis.startedAt],
    [
      'Measured',
      `${plural(points.length, 'point')}, ${plural(measurements.length, 'measurement')}, ` +
        `${requests.toLocaleString('en')} ${requests === 1 ? 'request' : 'requests'}`,
    ],
  ])
}

/** How sharply answers were compared: for those who doubt them, not for the top of the page. */
export function answerFacts({ answerReference }: RunAnalysis): Fact[] {
  if (answerReference?.state !== 'on') return []
  const { tolerance, nearestDifferent, power } = answerReference
  return [
    ['answer tolerance', tolerance.toPrecision(2)],
    [
      'smallest difference between the answers to two different frames',
      `${nearestDifferent.toPrecision(2)}, ${Math.floor(power)} times the tolerance`,
    ],
  ]
}

function answersWords({ answerReference }: RunAnalysis): string | undefined {
  if (answerReference === undefined) return undefined
  return answerReference.state === 'off'
    ? `not compared: ${answerReference.reason}`
    : `compared with the answers to ${plural(answerReference.frames, 'frame')} sent alone`
}

/** `linux 6.1, AMD EPYC, 2 cores, 23.5 GiB memory`. */
function machineWords({ os, cpu, cores, memory }: Record<string, string>): string | undefined {
  const facts = [os, cpu, cores && `${cores} cores`, memory && `${memory} memory`].filter(Boolean)
  return facts.length === 0 ? undefined : facts.join(', ')
}

function known(facts: [string, string | undefined][]): Fact[] {
  return facts.filter((fact): fact is Fact => fact[1] !== undefined)
}

/** A source without its folder: reports travel, and paths of this machine mean nothing to others. */
function fileName(source: string): string {
  return source.includes('://') ? source : source.split(/[\\/]/).at(-1)!
}
