import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import type { BatchFormed } from './batches-formed.js'
import type { DispatchReason } from './read-server-batches.js'

/** More batches than this are in a file: 30 MB. */
const mostInMemory = 1 << 16
const wordsAtOnce = 1 << 16

/** Closes the file of a store that nobody can read any more. */
const unused = new FinalizationRegistry<number>((fd) => closeSync(fd))

/**
 * Batches that are read several times, in the order in which they were added. Parsing and joining a log again would take ten
 * times as long. Those of a long log are numbers in a file without a name: its space is free when the process ends, however it ends.
 */
export class BatchStore implements Iterable<BatchFormed> {
  /** False if there is no file for so many batches, or the disk is full. They have to be read from the log again. */
  isComplete = true
  private kept: BatchFormed[] = []
  private fd: number | undefined
  private writtenWords = 0
  private readonly waiting: number[] = []
  private readonly names: string[] = []
  private readonly numberOfName = new Map<string, number>()
  private readonly path: string | undefined
  private readonly mostInMemory: number

  /** @param path where the file is made, which must not exist; no file if it is not given */
  constructor(path?: string, most = mostInMemory) {
    this.path = path
    this.mostInMemory = most
  }

  add(batch: BatchFormed): void {
    if (!this.isComplete) return
    if (this.fd === undefined) {
      this.kept.push(batch)
      if (this.kept.length > this.mostInMemory) this.moveToFile()
    } else {
      this.encode(batch)
      if (this.waiting.length >= wordsAtOnce) this.write()
    }
  }

  *[Symbol.iterator](): Generator<BatchFormed> {
    if (this.fd === undefined) yield* this.kept
    else {
      let words = new Float64Array(2 * wordsAtOnce)
      for (let first = 0; first < this.writtenWords;) {
        const read = this.read(words, first)
        let at = 0
        for (; at < read && at + words[at]! <= read; at += words[at]!) yield this.decode(words, at)
        if (at === 0 && read < words.length) throw new Error('the file of batches was truncated')
        // A batch of a hundred thousand requests.
        if (at === 0) words = new Float64Array(2 * words.length)
        first += at
      }
      for (let at = 0; at < this.waiting.length; at += this.waiting[at]!) yield this.decode(this.waiting, at)
    }
  }

  private moveToFile(): void {
    const { kept } = this
    this.kept = []
    try {
      if (this.path === undefined) throw new Error('no file for so many batches')
      this.fd = openSync(this.path, 'wx+')
      unused.register(this, this.fd)
      rmSync(this.path)
    } catch {
      this.isComplete = false
    }
    for (const batch of kept) this.add(batch)
  }

  private write(): void {
    const bytes = new Uint8Array(Float64Array.from(this.waiting).buffer)
    try {
      for (let done = 0; done < bytes.length;)
        done += writeSync(this.fd!, bytes, done, bytes.length - done, 8 * this.writtenWords + done)
    } catch {
      this.isComplete = false
    }
    this.writtenWords += this.waiting.length
    this.waiting.length = 0
  }

  private read(words: Float64Array, first: number): number {
    const bytes = new Uint8Array(words.buffer)
    let done = 0
    for (;;) {
      const more = readSync(this.fd!, bytes, done, bytes.length - done, 8 * first + done)
      done += more
      if (more === 0 || done === bytes.length) return Math.floor(done / 8)
    }
  }

  private nameNumber(name: string): number {
    const number = this.numberOfName.get(name) ?? this.names.push(name) - 1
    this.numberOfName.set(name, number)
    return number
  }

  /** Its number of words, what is known, and the values; NaN for what is not. */
  private encode({
    worker,
    handlerMs,
    dispatch,
    members,
    handler,
    queue,
    origin,
    ...batch
  }: BatchFormed): void {
    const first = this.waiting.length
    this.waiting.push(
      ...[0, batch.batch, batch.requestsFormed, batch.framesFormed, batch.framesAsked],
      worker === undefined ? Number.NaN : this.nameNumber(worker),
      handlerMs ?? Number.NaN,
      dispatch === undefined ? Number.NaN : this.nameNumber(dispatch),
    )
    const addAll = (values: readonly number[] | undefined) => {
      this.waiting.push(values?.length ?? Number.NaN)
      for (const value of values ?? []) this.waiting.push(value)
    }
    addAll(members)
    addAll(handler?.frames)
    if (handler !== undefined)
      this.waiting.push(handler.entryUs, handler.decodedUs, handler.inferredUs, handler.exitUs)
    addAll(queue?.arrivedUs)
    if (queue !== undefined)
      this.waiting.push(queue.poppedUs, queue.dispatchedUs, this.nameNumber(queue.reason))
    addAll(origin?.arrivedUs)
    if (origin !== undefined)
      this.waiting.push(origin.poppedUs, origin.dispatchedUs, this.nameNumber(origin.basis))
    this.waiting[first] = this.waiting.length - first
  }

  private decode(words: ArrayLike<number>, first: number): BatchFormed {
    let at = first + 1
    const next = () => words[at++]!
    const nextName = () => this.names[next()]
    const nextAll = () => {
      const length = next()
      return Number.isNaN(length) ? undefined : Array.from({ length }, next)
    }
    const [batch, requestsFormed, framesFormed, framesAsked] = [next(), next(), next(), next()]
    const [worker, handlerMs, dispatch] = [nextName(), next(), nextName()]
    const members = nextAll()!
    const frames = nextAll()
    const handler = frames && {
      ...{ entryUs: next(), decodedUs: next(), inferredUs: next(), exitUs: next() },
      frames,
    }
    const arrivedUs = nextAll()
    const queue = arrivedUs && {
      arrivedUs,
      ...{ poppedUs: next(), dispatchedUs: next(), reason: reasonNamed(nextName()) },
    }
    const joinedUs = nextAll()
    const origin = joinedUs && {
      ...{ arrivedUs: joinedUs, poppedUs: next(), dispatchedUs: next() },
      basis: nextName() === 'measured' ? ('measured' as const) : ('inferred' as const),
    }
    return {
      ...{ batch, requestsFormed, framesFormed, framesAsked, members },
      ...(worker !== undefined && { worker }),
      ...(!Number.isNaN(handlerMs) && { handlerMs }),
      ...(dispatch !== undefined && { dispatch: reasonNamed(dispatch) }),
      ...(handler !== undefined && { handler }),
      ...(queue !== undefined && { queue }),
      ...(origin !== undefined && { origin }),
    }
  }
}

function reasonNamed(name: string | undefined): DispatchReason {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a reason that was added
  return name as DispatchReason
}
