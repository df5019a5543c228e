import { UserError } from '../../system/user-error.js'
import type { SloSettings } from '../../scenario/schema/settings.js'

export interface SizeQuestion {
  cameras: number
  fps: number
  slo: SloSettings
  /** Share of its capacity that a server is planned to carry; the rest is for what no measurement saw. */
  headroom: number
  /** Of one server, a month, in the user's own currency; undefined: no costs are said. */
  pricePerServerMonth?: number
  /** Of one server's network link, each way; undefined: the network limits nothing. */
  linkMbit?: number
}

export const defaultHeadroom = 0.8

/** @throws UserError for the first figure that no plan can be made from. */
export function checkSizeQuestion(question: SizeQuestion): void {
  const { cameras, fps, slo, headroom, pricePerServerMonth, linkMbit } = question
  demand('--cameras', Number.isInteger(cameras) && cameras > 0, 'a whole number above 0', cameras)
  demand('--fps', Number.isFinite(fps) && fps > 0, 'a rate above 0', fps)
  demand('--slo', Number.isFinite(slo.latencyMs) && slo.latencyMs > 0, 'a time above 0', slo.latencyMs)
  demand(
    '--slo',
    slo.percentile > 0 && slo.percentile < 100,
    'a percentile between 0 and 100',
    slo.percentile,
  )
  demand('--headroom', headroom > 0 && headroom <= 1, 'a share above 0 and up to 1, such as 0.8', headroom)
  demand(
    '--price',
    pricePerServerMonth === undefined || (Number.isFinite(pricePerServerMonth) && pricePerServerMonth > 0),
    'a price above 0; leave it out where costs do not matter',
    pricePerServerMonth,
  )
  demand(
    '--link',
    linkMbit === undefined || (Number.isFinite(linkMbit) && linkMbit > 0),
    'Mbit/s above 0; leave it out where the network is no limit',
    linkMbit,
  )
}

function demand(flag: string, met: boolean, expected: string, received: number | undefined): void {
  if (met) return
  throw new UserError(`${flag} cannot be planned with`, {
    where: flag,
    expected,
    received: String(received),
    remedy: `give ${flag} another value`,
  })
}
