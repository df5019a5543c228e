type State = 'size' | 'data' | 'data-end' | 'trailer' | 'done'

/** Decodes a body in `transfer-encoding: chunked` (RFC 9112 §7.1) as its bytes come in. */
export class ChunkedBody {
  readonly parts: Buffer[] = []
  bytes = 0
  private state: State = 'size'
  private line = ''
  private missing = 0

  /** Returns the bytes that follow the body once it is complete, else undefined. Throws where it is malformed. */
  feed(chunk: Buffer): Buffer | undefined {
    let at = 0
    while (at < chunk.length) {
      if (this.state === 'data') {
        const part = chunk.subarray(at, at + this.missing)
        this.parts.push(part)
        this.bytes += part.length
        this.missing -= part.length
        at += part.length
        if (this.missing === 0) this.state = 'data-end'
        continue
      }
      const newline = chunk.indexOf(10, at)
      this.line += chunk.toString('latin1', at, newline < 0 ? chunk.length : newline)
      if (this.line.length > 8192) throw new Error('chunk header too long')
      if (newline < 0) return undefined
      at = newline + 1
      this.endLine(this.line.trimEnd())
      this.line = ''
      if (this.state === 'done') return chunk.subarray(at)
    }
    return undefined
  }

  private endLine(line: string): void {
    if (this.state === 'data-end') {
      this.state = 'size'
    } else if (this.state === 'trailer') {
      if (line === '') this.state = 'done'
    } else {
      const size = line.split(';')[0]!.trim()
      if (!/^[0-9a-f]{1,8}$/i.test(size)) throw new Error('malformed chunk size')
      this.missing = Number.parseInt(size, 16)
      this.state = this.missing === 0 ? 'trailer' : 'data'
    }
  }
}
