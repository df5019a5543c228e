import { UserError } from '../../system/user-error.js'
import type { SloSettings } from '../../scenario/plan/plan.js'
import { capacityCriteria, type CapacityCriteria } from '../verdict/capacity-criteria.js'

export interface SizeQuestion {
  cameras: number
  fps: number
  slo: SloSettings
  /** Largest share of its capacity that a server is planned to use, from 0 to 1. The rest is a reserve. */
  maxUtilization: number
  /** Price per server and month, in the user's currency; undefined: the plan has no costs. */
  pricePerServerMonth?: number | undefined
  /** Bandwidth of one server's network link, in each direction; undefined: the network is no limit. */
  linkMbit?: number | undefined
}

/** @throws UserError for the first figure that is out of range */
export function checkSizeQuestion(question: SizeQuestion): void {
  const { cameras, fps, slo, maxUtilization, pricePerServerMonth, linkMbit } = question
  demand('--cameras', Number.isInteger(cameras) && cameras > 0, 'a whole number above 0', cameras)
  demand('--fps', Number.isFinite(fps) && fps > 0, 'a rate above 0', fps)
  demand('--slo', Number.isFinite(slo.latencyMs) && slo.latencyMs > 0, 'a time above 0', slo.latencyMs)
  demand(
    '--slo',
    slo.percentile > 0 && slo.percentile < 100,
    'a percentile between 0 and 100',
    slo.percentile,
  )
  demand(
    '--max-utilization',
    maxUtilization > 0 && maxUtilization <= 1,
    'a share above 0 and up to 1, such as 0.8',
    maxUtilization,
  )
  demand(
    '--price',
    pricePerServerMonth === undefined || (Number.isFinite(pricePerServerMonth) && pricePerServerMonth > 0),
    'a price above 0',
    pricePerServerMonth,
  )
  demand(
    '--link',
    linkMbit === undefined || (Number.isFinite(linkMbit) && linkMbit > 0),
    'Mbit/s above 0',
    linkMbit,
  )
}

function demand(flag: string, met: boolean, expected: string, received: number | undefined): void {
  if (met) return
  throw new UserError(`${flag} is out of range`, {
    where: flag,
    expected,
    received: String(received),
    remedy: `Give ${flag} another value.`,
  })
}

/** The criteria for measured and simulated numbers of cameras that follow from a question. */
export function sizeCriteria({ slo }: Pick<SizeQuestion, 'slo'>): CapacityCriteria {
  return capacityCriteria(slo)
}
