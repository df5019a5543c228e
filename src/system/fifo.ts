/**
 * A first-in-first-out queue that can also take items back at its head, in an array used as a ring. It grows by
 * doubling; the caller bounds its length.
 */
export class Fifo<Item> {
  length = 0
  private ring: (Item | undefined)[] = Array.from({ length: 8 })
  private head = 0

  push(item: Item): void {
    if (this.length === this.ring.length) this.grow()
    this.ring[(this.head + this.length) & (this.ring.length - 1)] = item
    this.length++
  }

  /** Puts an item before all others. */
  unshift(item: Item): void {
    if (this.length === this.ring.length) this.grow()
    this.head = (this.head - 1) & (this.ring.length - 1)
    this.ring[this.head] = item
    this.length++
  }

  peek(): Item | undefined {
    return this.ring[this.head]
  }

  shift(): Item | undefined {
    if (this.length === 0) return undefined
    const item = this.ring[this.head]
    this.ring[this.head] = undefined
    this.head = (this.head + 1) & (this.ring.length - 1)
    this.length--
    return item
  }

  private grow(): void {
    const items = Array.from(
      { length: this.length },
      (_, i) => this.ring[(this.head + i) & (this.ring.length - 1)],
    )
    this.ring = [...items, ...Array.from<undefined>({ length: this.length })]
    this.head = 0
  }
}
