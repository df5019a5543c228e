const bitsPerChunk = 1 << 16

/** Numbers of requests, one bit each. Numbers of a measurement are close together; a damaged file may contain any. */
export class RequestSet {
  private readonly chunks = new Map<number, Uint32Array>()
  private recent: { number: number; words: Uint32Array } | undefined

  add(request: number): void {
    const words = this.chunkOf(request) ?? this.newChunk(request)
    words[(request % bitsPerChunk) >>> 5]! |= 1 << (request & 31)
  }

  has(request: number): boolean {
    const words = this.chunkOf(request)
    return words !== undefined && ((words[(request % bitsPerChunk) >>> 5]! >>> (request & 31)) & 1) === 1
  }

  private chunkOf(request: number): Uint32Array | undefined {
    const number = Math.floor(request / bitsPerChunk)
    if (this.recent?.number === number) return this.recent.words
    const words = this.chunks.get(number)
    if (words !== undefined) this.recent = { number, words }
    return words
  }

  private newChunk(request: number): Uint32Array {
    const words = new Uint32Array(bitsPerChunk / 32)
    this.chunks.set(Math.floor(request / bitsPerChunk), words)
    return words
  }
}
