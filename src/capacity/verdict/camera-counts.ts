import type { CameraRow } from '../../analysis/camera-table.js'

/** Counts of one camera in a window, or over several. */
export interface CameraCounts extends Pick<CameraRow, 'framesScheduled' | 'framesOk'> {
  /** Requests that carried frames of it, and those in which one of them was late or lost. */
  requests: number
  requestsOver: number
}

export interface WorstCamera {
  camera: number
  deliveredShare: number
  /** Share of its requests that were late or lost. */
  overShare: number
}

/** The counts of each camera over all windows. */
export function sumCameras(windows: readonly { cameras: readonly CameraCounts[] }[]): CameraCounts[] {
  const [first, ...others] = windows
  return (first?.cameras ?? []).map((counts, camera) =>
    others.reduce((total, { cameras }) => addCounts(total, cameras[camera]!), counts),
  )
}

function addCounts(one: CameraCounts, other: CameraCounts): CameraCounts {
  return {
    framesScheduled: one.framesScheduled + other.framesScheduled,
    framesOk: one.framesOk + other.framesOk,
    requests: one.requests + other.requests,
    requestsOver: one.requestsOver + other.requestsOver,
  }
}

/** The camera with the smallest share of frames delivered; among equals the one that was late most often. */
export function findWorstCamera(windows: readonly { cameras: readonly CameraCounts[] }[]): WorstCamera {
  const cameras = sumCameras(windows)
  const worst = cameras.reduce((one, other) => {
    const difference = deliveredShare(other) - deliveredShare(one)
    return difference < 0 || (difference === 0 && overShare(other) > overShare(one)) ? other : one
  })
  return {
    camera: cameras.indexOf(worst),
    deliveredShare: deliveredShare(worst),
    overShare: overShare(worst),
  }
}

export function deliveredShare({ framesOk, framesScheduled }: CameraCounts): number {
  return framesScheduled === 0 ? 1 : framesOk / framesScheduled
}

export function overShare({ requestsOver, requests }: CameraCounts): number {
  return share(requestsOver, requests)
}

export function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}
