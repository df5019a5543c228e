import type { AnswerReference } from '../../run/answer-reference.js'
import type { Subject } from '../../run/manifest.js'
import { distinct, serverLabel, type RunAnalysis } from '../../analysis/analyse-run.js'
import { printableText } from '../../server/server-message.js'
import { maskAddress } from '../../system/mask-address.js'
import { plural } from '../../system/plural.js'
import { formatKilobytes } from './format.js'

export type Fact = [name: string, value: string]

/** What was measured, on which machine, and how many measurements; the same in HTML and Markdown. */
export function runFacts(analysis: RunAnalysis): Fact[] {
  const { subjects, environment, measurements, points } = analysis
  const each = (fact: (subject: Subject) => string | undefined) =>
    distinct(subjects.map(fact)).join('; ') || undefined
  const requests = points.reduce((sum, { requestLatency }) => sum + requestLatency.samples, 0)
  return known([
    ['Server', serverLabel(subjects)],
    [
      'Model',
      each(
        ({ model }) =>
          model &&
          `${model.name}${model.version === undefined ? '' : ` ${model.version}`}, weights ${model.weights}`,
      ),
    ],
    [
      'Video',
      each(
        ({ video }) =>
          video &&
          `${fileName(video.source)}, ${plural(video.frames, 'frame')}, ${video.width}×${video.height}, ` +
            `${formatKilobytes(video.jpegBytesMean)} per JPEG`,
      ),
    ],
    ['About the video', videoNotes(analysis).join('; ') || undefined],
    ['Answers', formatAnswers(analysis)],
    ['Machine', formatMachine(environment)],
    ['Date', analysis.startedAt],
    [
      'Measured',
      `${plural(points.length, 'point')}, ${plural(measurements.length, 'measurement')}, ` +
        `${requests.toLocaleString('en')} ${requests === 1 ? 'request' : 'requests'}`,
    ],
  ])
}

/** What a user should know about how the frames came from the videos, such as a change of shape. */
export function videoNotes({ subjects }: Pick<RunAnalysis, 'subjects'>): string[] {
  return [...new Set(subjects.flatMap(({ video }) => video?.notes ?? []))]
}

export interface ServerReference {
  /** Its label; undefined if the run has one server only. */
  server: string | undefined
  reference: AnswerReference
}

/** The answer reference of each server: the last one, which was collected with the most requests side by side. */
export function answerReferences({ subjects }: Pick<RunAnalysis, 'subjects'>): ServerReference[] {
  const byServer = new Map<string | undefined, AnswerReference>()
  for (const { server, answerReference } of subjects)
    if (answerReference !== undefined) byServer.set(server?.label, answerReference)
  return [...byServer].map(([server, reference]) => ({
    server: byServer.size > 1 ? server : undefined,
    reference,
  }))
}

/** The tolerance of the comparison of answers. It belongs into the details of a run, not to the top of the page. */
export function answerFacts(analysis: RunAnalysis): Fact[] {
  return answerReferences(analysis).flatMap(({ server, reference }): Fact[] => {
    if (reference.state !== 'on') return []
    const { tolerance, nearestDifferent, power } = reference
    const prefix = server === undefined ? '' : `${server}: `
    return [
      [`${prefix}answer tolerance`, tolerance.toPrecision(2)],
      [
        `${prefix}smallest difference between the answers to two different frames`,
        `${nearestDifferent.toPrecision(2)}, ${Math.floor(power)} times the tolerance`,
      ],
    ]
  })
}

/** Details of each server: Java, Python, torch, service-time model. */
export function serverFacts(subjects: readonly Subject[]): Fact[] {
  const several = distinct(subjects.map(({ server }) => server?.label)).length > 1
  const facts = subjects.flatMap(({ server }) =>
    Object.entries(server?.details ?? {}).map(([name, value]): Fact => [
      several ? `${server!.label}: ${name}` : name,
      value,
    ]),
  )
  return [...new Map(facts.map((fact) => [fact.join('\n'), fact])).values()]
}

function formatAnswers(analysis: RunAnalysis): string | undefined {
  const words = answerReferences(analysis).map(formatReference)
  return words.length === 0 ? undefined : words.join('; ')
}

function formatReference({ server, reference }: ServerReference): string {
  const prefix = server === undefined ? '' : `${server}: `
  const how =
    reference.state === 'off'
      ? `not compared: ${reference.reason}`
      : `compared with the answers to ${referenceCount(reference)}`
  return `${prefix}${[how, ...formatLearned(reference)].join('; ')}`
}

/** What a reader must know who relies on the check for wrong answers: answers or parts of them that are not compared. */
export function answerNotes(analysis: Pick<RunAnalysis, 'subjects'>): string[] {
  return answerReferences(analysis)
    .filter(({ reference: { state, ignored = [] } }) => state === 'off' || ignored.length > 0)
    .map(formatReference)
}

function referenceCount({ frames, requests }: Extract<AnswerReference, { state: 'on' }>): string {
  return requests === undefined
    ? `${plural(frames, 'frame')} sent alone`
    : `${plural(requests, 'request')} sent alone (other requests are not compared)`
}

const mostPointers = 8

/** What was learned about the answers of a model, as far as it is not the rule. */
export function formatLearned(reference: AnswerReference): string[] {
  const { shape, compared, ignored, unordered } = reference
  // A request of one frame has one answer in any case.
  const isSingle = reference.state === 'on' && reference.requests === undefined
  return [
    ...(typeof shape === 'object' && 'perRequest' in shape && !isSingle ? ['one answer per request'] : []),
    ...(typeof shape === 'object' && 'list' in shape && shape.list !== ''
      ? [`results at ${printableText(shape.list)}`]
      : []),
    ...(compared === 'text' ? ['compared as text'] : []),
    ...formatPointers('not compared because it does not repeat or is ignored', ignored),
    ...formatPointers('compared without its order', unordered),
  ]
}

/** The pointers are names in a server's answers, so they may hold anything. */
function formatPointers(what: string, pointers: readonly string[] = []): string[] {
  if (pointers.length === 0) return []
  const shown = pointers
    .slice(0, mostPointers)
    .map((pointer) => (pointer === '' ? 'the whole answer' : printableText(pointer, 80)))
  const more = pointers.length > mostPointers ? ` and ${pointers.length - mostPointers} more` : ''
  return [`${what}: ${shown.join(', ')}${more}`]
}

/** `linux 6.1, AMD EPYC, 2 cores, 25.2 GB memory`. */
function formatMachine({ os, cpu, cores, memory }: Record<string, string>): string | undefined {
  const facts = [os, cpu, cores && `${cores} cores`, memory && `${memory} memory`].filter(Boolean)
  return facts.length === 0 ? undefined : facts.join(', ')
}

function known(facts: [string, string | undefined][]): Fact[] {
  return facts.filter((fact): fact is Fact => fact[1] !== undefined)
}

/** A source without its folder. Reports are published, and the paths of this machine mean nothing to others. */
function fileName(source: string): string {
  return source.includes('://') ? maskAddress(source) : source.split(/[\\/]/).at(-1)!
}
