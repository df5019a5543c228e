/** A queue whose items leave in the order in which they came, without shifting an array. */
export class Fifo<Item> {
  private items: Item[] = []
  private head = 0

  push(item: Item): void {
    this.items.push(item)
  }

  peek(): Item | undefined {
    return this.items[this.head]
  }

  shift(): Item | undefined {
    const item = this.items[this.head]
    if (item === undefined) return undefined
    this.head++
    // Moving the rest once half of the array is spent costs one copy an item.
    if (this.head >= 1024 && this.head * 2 >= this.items.length) {
      this.items = this.items.slice(this.head)
      this.head = 0
    }
    return item
  }
}
