import { ExitCode, UserError } from '../system/user-error.js'
import { restartKey } from '../scenario/plan/order-measurements.js'
import type { Point } from '../scenario/plan/plan.js'
import type { RunManifest } from '../run/run-manifest.js'
import type { RunningServer } from '../server/running-server.js'
import type { Clip } from '../frames/video/decode-frames.js'

/**
 * Stores what the figures of a run are about: server, model, clip. A resumed run must find the same server and
 * clip again, or its halves could not be compared.
 * @throws UserError (environment) naming the difference
 */
export function describeSubjects(
  manifest: RunManifest,
  { point, clip, server }: { point: Point; clip: Clip; server: RunningServer },
): void {
  const resumed = manifest.measurements.length > 0
  const oneOfEach = new Set(manifest.plan.points.map(restartKey)).size === 1
  if (resumed && oneOfEach) {
    requireSame('server', manifest.server?.label, server.identity.label)
    requireSame('clip', manifest.video?.hash, clip.hash)
  }
  manifest.server = server.identity
  manifest.model = { name: point.model.name, weights: point.model.weights }
  manifest.video = {
    source: point.video.source,
    frames: clip.frames.length,
    width: clip.width,
    height: clip.height,
    jpegBytesMean: clip.jpegBytesMean,
    hash: clip.hash,
  }
}

function requireSame(what: string, before: string | undefined, now: string): void {
  if (before === undefined || before === now) return
  throw new UserError(`the ${what} is not the one that this run began with`, {
    expected: before,
    received: now,
    remedy: `resume with the same ${what}, or start a new run`,
    exitCode: ExitCode.environment,
  })
}
