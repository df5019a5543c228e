const CR = 0x0d
const LF = 0x0a
const SEMICOLON = 0x3b

type Place = 'size' | 'extension' | 'data' | 'data-end' | 'trailer-start' | 'trailer'

/**
 * Decodes chunked transfer coding (RFC 9112 §7.1). Chunks may arrive split at any byte; extensions and trailers are
 * skipped.
 */
export class ChunkedBody {
  state: 'incomplete' | 'complete' | 'bad' = 'incomplete'
  private place: Place = 'size'
  private left = 0
  private digits = 0
  private trailerBytes = 0

  /** Calls `onData` for each piece of the body. Returns the index after the last byte that it consumed. */
  feed(bytes: Uint8Array, from: number, to: number, onData: (from: number, to: number) => boolean): number {
    let at = from
    while (at < to && this.state === 'incomplete') {
      if (this.place === 'data') {
        const end = Math.min(to, at + this.left)
        if (!onData(at, end)) this.state = 'bad'
        this.left -= end - at
        at = end
        if (this.left === 0) this.place = 'data-end'
      } else {
        this.framing(bytes[at]!)
        at++
      }
    }
    return at
  }

  private framing(byte: number): void {
    switch (this.place) {
      case 'size': {
        const digit = hexDigit(byte)
        if (digit >= 0 && this.digits < 8) {
          this.left = this.left * 16 + digit
          this.digits++
        } else if (this.digits > 0 && byte === LF) this.sizeKnown()
        else if (this.digits > 0 && (byte === SEMICOLON || byte === CR || byte === 0x20))
          this.place = 'extension'
        else this.state = 'bad'
        break
      }
      case 'extension':
        if (byte === LF) this.sizeKnown()
        else this.skipped()
        break
      case 'data-end':
        if (byte === LF) {
          this.place = 'size'
          this.digits = 0
        } else if (byte !== CR) this.state = 'bad'
        break
      case 'trailer-start':
        if (byte === LF) this.state = 'complete'
        else if (byte !== CR) this.place = 'trailer'
        break
      case 'trailer':
        if (byte === LF) this.place = 'trailer-start'
        else this.skipped()
        break
      case 'data':
        break
    }
  }

  private sizeKnown(): void {
    this.place = this.left === 0 ? 'trailer-start' : 'data'
  }

  /** Limit of extensions and trailers. They are not used, but must not grow without bound. */
  private skipped(): void {
    if (++this.trailerBytes > 65_536) this.state = 'bad'
  }
}

/** The value of a hexadecimal digit; −1 for any other byte. */
export function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const lower = byte | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}
