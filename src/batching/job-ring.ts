/**
 * A first-in-first-out queue that can also take jobs back at its head, in an array used as a ring: TorchServe's
 * DATA_QUEUE without its locks. It grows by doubling; the bound on its length is the caller's to hold.
 */
export class JobRing<Job> {
  length = 0
  private slots: (Job | undefined)[] = Array.from({ length: 64 })
  private head = 0

  pushLast(job: Job): void {
    if (this.length === this.slots.length) this.grow()
    this.slots[(this.head + this.length) & (this.slots.length - 1)] = job
    this.length++
  }

  pushFirst(job: Job): void {
    if (this.length === this.slots.length) this.grow()
    this.head = (this.head - 1) & (this.slots.length - 1)
    this.slots[this.head] = job
    this.length++
  }

  /** The head, which must exist: ask `length` first. */
  takeFirst(): Job {
    const job = this.slots[this.head]!
    this.slots[this.head] = undefined
    this.head = (this.head + 1) & (this.slots.length - 1)
    this.length--
    return job
  }

  private grow(): void {
    const jobs = Array.from(
      { length: this.length },
      (_, i) => this.slots[(this.head + i) & (this.slots.length - 1)],
    )
    this.slots = [...jobs, ...Array.from<undefined>({ length: this.length })]
    this.head = 0
  }
}
