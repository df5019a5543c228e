import type { Labelled } from './labelled.js'

/** Bytes of bodies that one frame causes, each way; HTTP and TCP headers (some hundred bytes a request) not counted. */
export interface WireCost {
  upBytesPerFrame: Labelled
  downBytesPerFrame: Labelled
}

export interface NetworkLoad {
  upMbit: number
  downMbit: number
}

/** Mbit/s that this many cameras cause. */
export function networkLoad(cameras: number, fps: number, wire: WireCost): NetworkLoad {
  const mbit = (bytesPerFrame: number) => (cameras * fps * bytesPerFrame * 8) / 1e6
  return { upMbit: mbit(wire.upBytesPerFrame.value), downMbit: mbit(wire.downBytesPerFrame.value) }
}

/** Cameras that one link carries, the fuller direction deciding. */
export function camerasOfLink(linkMbit: number, fps: number, wire: WireCost): number {
  const one = networkLoad(1, fps, wire)
  return Math.floor(linkMbit / Math.max(one.upMbit, one.downMbit))
}
