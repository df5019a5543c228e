import { UserError } from '../../system/user-error.js'
import type { ValueRange } from '../sustained/value-range.js'
import type { ConditionName } from '../verdict/conditions.js'
import { planFleet, type Fleet } from './plan-fleet.js'
import type { SizeQuestion } from './size-question.js'
import type { Weakness } from './weak-evidence.js'

/** Planning capacity of one server at the rate and SLO in question. */
export interface CapacityAt {
  cameras: number
  basis: Basis
  /** The smallest number seen to fail, if any. */
  failsAt?: number | undefined
  /** The condition that failed there. */
  binding?: ConditionName | 'sustained' | undefined
  /** The source of the figure, as text. */
  how: string
  /** Simulated only: the percentile of frame latency at this number, and the range of 90 % of measured runs. */
  latencyMs?: ValueRange | undefined
  /** Why the figure is only a rough estimate; empty if it is sound. */
  weaknesses: Weakness[]
}

/** `rough`: it rests on short windows, few batches or few batch sizes. */
export type Estimate = 'sound' | 'rough'

/** A change of what is assumed. */
export interface Change {
  name: string
  fpsFactor: number
  jpegFactor: number
  alphaFactor: number
}

const changes: Change[] = [
  { name: 'fps −50 %', fpsFactor: 0.5, jpegFactor: 1, alphaFactor: 1 },
  { name: 'fps +50 %', fpsFactor: 1.5, jpegFactor: 1, alphaFactor: 1 },
  { name: 'JPEG ×2', fpsFactor: 1, jpegFactor: 2, alphaFactor: 1 },
  { name: 'α −10 %', fpsFactor: 1, jpegFactor: 1, alphaFactor: 0.9 },
  { name: 'α +10 %', fpsFactor: 1, jpegFactor: 1, alphaFactor: 1.1 },
]

export interface SensitivityRow {
  change: string
  capacity: number
  /** With one spare. */
  servers: number
  network: NetworkLoad
  basis: Basis
  estimate: Estimate
}

/** One setting of the run, sized. */
export interface SizedSetting {
  /** The setting's label, for people. */
  setting: string
  step: number
  capacity: CapacityAt
  /** Of the capacity, and of all figures that follow from it. */
  estimate: Estimate
  /** What the fleet is planned with: the capacity, or what the link carries if that is less. */
  camerasPerServer: number
  binds: ConditionName | 'sustained' | 'network' | 'unknown'
  /** With 0, 1 and 2 spares. */
  fleets: Fleet[]
  /** Costs per month of each fleet, and of one camera in it; undefined without a price. */
  costs?: { perMonth: number; perCameraMonth: number }[] | undefined
  wire: WireCost
  network: NetworkLoad
  /** Of the busiest server of the fleet with one spare, after the loss of a server. */
  busiestNetwork: NetworkLoad
  networkBasis: Basis
  sensitivity: SensitivityRow[]
}

/**
 * Servers, network and cost of one setting.
 *
 * @param capacityUnder capacity of one server under a change, by simulation; undefined if the run has nothing to simulate
 *   with, and the change is then left out, as is a change with which the link carries no camera
 * @throws UserError if the link carries no camera, or not all cameras of one edge device
 */
export async function sizeSetting(
  question: SizeQuestion,
  evidence: {
    setting: string
    step: number
    capacity: CapacityAt
    wire: WireCost
    /** Of the service times with which changes are simulated. */
    fitWeaknesses: Weakness[]
    capacityUnder: (change: Change) => Promise<number | undefined>
  },
): Promise<SizedSetting> {
  const { capacity, wire, step } = evidence
  const { cameras, fps, pricePerServerMonth } = question
  const linkStep = { linkMbit: question.linkMbit, step }
  const camerasPerServer = withinLink(linkStep, capacity.cameras, fps, wire)
  if (camerasPerServer === 0) throw linkTooSlow(linkStep, networkLoad(step, fps, wire))
  const plan = (perServer: number, spares: number) =>
    planFleet({ cameras, capacity: perServer, maxUtilization: question.maxUtilization, spares, step })
  const fleets = [0, 1, 2].map((spares) => plan(camerasPerServer, spares))
  const sensitivity: SensitivityRow[] = []
  for (const change of changes) {
    const isSimulated = changesCapacity(change)
    const capacityThen = isSimulated ? await evidence.capacityUnder(change) : capacity.cameras
    if (capacityThen === undefined || capacityThen === 0) continue
    const rate = fps * change.fpsFactor
    const bytes: WireCost = {
      ...wire,
      upBytesPerFrame: {
        ...wire.upBytesPerFrame,
        value: wire.upBytesPerFrame.value * change.jpegFactor,
      },
    }
    const perServer = withinLink(linkStep, capacityThen, rate, bytes)
    if (perServer === 0) continue
    sensitivity.push({
      change: change.name,
      capacity: capacityThen,
      servers: plan(perServer, 1).servers,
      network: networkLoad(cameras, rate, bytes),
      // A changed figure is never `measured`, even if only the network changes.
      basis: 'simulated',
      estimate: estimateFrom(isSimulated ? evidence.fitWeaknesses : capacity.weaknesses),
    })
  }
  return {
    setting: evidence.setting,
    step,
    capacity,
    estimate: estimateFrom(capacity.weaknesses),
    camerasPerServer,
    binds: camerasPerServer < capacity.cameras ? 'network' : (capacity.binding ?? 'unknown'),
    fleets,
    costs:
      pricePerServerMonth === undefined
        ? undefined
        : fleets.map(({ servers }) => ({
            perMonth: servers * pricePerServerMonth,
            perCameraMonth: (servers * pricePerServerMonth) / cameras,
          })),
    wire,
    network: networkLoad(cameras, fps, wire),
    busiestNetwork: networkLoad(fleets[1]!.busiestAfterLoss ?? fleets[1]!.busiest, fps, wire),
    networkBasis: weakest(wire.upBytesPerFrame.basis, wire.downBytesPerFrame.basis),
    sensitivity,
  }
}

/** Larger frames take longer to decode too, but no measurement says by how much: they change the network only. */
function changesCapacity({ fpsFactor, alphaFactor }: Change): boolean {
  return fpsFactor !== 1 || alphaFactor !== 1
}

function estimateFrom(weaknesses: Weakness[]): Estimate {
  return weaknesses.length > 0 ? 'rough' : 'sound'
}

type LinkStep = Pick<SizeQuestion, 'linkMbit'> & { step: number }

/** The cameras of the capacity that the link carries too, in whole edge devices; 0 if it carries none. */
function withinLink({ linkMbit, step }: LinkStep, capacity: number, fps: number, wire: WireCost): number {
  if (linkMbit === undefined) return capacity
  return Math.min(capacity, Math.floor(camerasOfLink(linkMbit, fps, wire) / step) * step)
}

function linkTooSlow({ linkMbit, step }: LinkStep, { upMbit, downMbit }: NetworkLoad): UserError {
  const fewest = step === 1 ? 'one camera' : `the ${step} cameras of one edge device`
  return new UserError(`the link does not carry ${step === 1 ? 'a single camera' : fewest}`, {
    where: '--link',
    expected: `at least ${Math.max(upMbit, downMbit).toFixed(1)} Mbit/s, for ${fewest}`,
    received: `${linkMbit} Mbit/s`,
    remedy: 'Lower the rate, size or quality of the frames, or use a faster link.',
  })
}

/** Bytes of bodies per frame, in each direction, without HTTP and TCP headers (some hundred bytes per request). */
interface WireCost {
  upBytesPerFrame: Labelled
  downBytesPerFrame: Labelled
}

interface NetworkLoad {
  upMbit: number
  downMbit: number
}

/** Network load of this many cameras. */
function networkLoad(cameras: number, fps: number, wire: WireCost): NetworkLoad {
  const mbit = (bytesPerFrame: number) => (cameras * fps * bytesPerFrame * 8) / 1e6
  return { upMbit: mbit(wire.upBytesPerFrame.value), downMbit: mbit(wire.downBytesPerFrame.value) }
}

/** Cameras that one link carries; the fuller direction decides. */
function camerasOfLink(linkMbit: number, fps: number, wire: WireCost): number {
  const one = networkLoad(1, fps, wire)
  return Math.floor(linkMbit / Math.max(one.upMbit, one.downMbit))
}

/**
 * The source of a figure. `measured`: on the server, at this rate and SLO. `interpolated`: between two measurements.
 * `simulated`: by a model that was fitted to measurements.
 */
export type Basis = 'measured' | 'interpolated' | 'simulated'

interface Labelled {
  value: number
  basis: Basis
}

const strength: Basis[] = ['measured', 'interpolated', 'simulated']

/** The basis of a figure that follows from several others is the weakest of theirs. */
function weakest(...bases: Basis[]): Basis {
  return bases.reduce((one, other) => (strength.indexOf(other) > strength.indexOf(one) ? other : one))
}
