import { UserError } from '../../system/user-error.js'
import type { ConditionName } from '../verdict/judge-run.js'
import type { Fleet } from './plan-fleet.js'
import { planFleet } from './plan-fleet.js'
import type { SizeQuestion } from './size-question.js'

/** Planning capacity of one server at the rate and SLO in question. */
export interface CapacityAt {
  cameras: number
  basis: Basis
  /** The smallest number seen to fail, where one was. */
  failsAt?: number
  /** What failed there. */
  binding?: ConditionName
  /** How it was come by, in words. */
  how: string
}

/** What might be otherwise than assumed. */
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
}

/** One setting of the run, sized. */
export interface SizedSetting {
  /** In words. */
  setting: string
  step: number
  capacity: CapacityAt
  /** What the fleet is planned from: the capacity, or what the link carries where that is less. */
  camerasPerServer: number
  binds: ConditionName | 'network' | 'unknown'
  /** With 0, 1 and 2 spares. */
  fleets: Fleet[]
  /** A month, by fleet, and of one camera in it; undefined without a price. */
  costs?: { perMonth: number; perCameraMonth: number }[]
  wire: WireCost
  network: NetworkLoad
  /** On the busiest server of the fleet with one spare, after a loss. */
  busiestNetwork: NetworkLoad
  networkBasis: Basis
  sensitivity: SensitivityRow[]
}

/**
 * Servers, network and cost of one setting.
 *
 * @param capacityUnder capacity of one server under a change, by simulation; undefined where the run holds nothing
 *   to simulate with: the change is then left out rather than guessed
 * @throws UserError where the link carries no camera, or headroom leaves none
 */
export async function sizeSetting(
  question: SizeQuestion,
  evidence: {
    setting: string
    step: number
    capacity: CapacityAt
    wire: WireCost
    capacityUnder: (change: Change) => Promise<number | undefined>
  },
): Promise<SizedSetting> {
  const { capacity, wire, step } = evidence
  const { cameras, fps, pricePerServerMonth } = question
  const camerasPerServer = withinLink(question, capacity.cameras, fps, wire)
  const plan = (perServer: number, spares: number) =>
    planFleet({ cameras, capacity: perServer, headroom: question.headroom, spares, step })
  const fleets = [0, 1, 2].map((spares) => plan(camerasPerServer, spares))
  const sensitivity: SensitivityRow[] = []
  for (const change of changes) {
    const capacityThen = changesCapacity(change) ? await evidence.capacityUnder(change) : capacity.cameras
    if (capacityThen === undefined || capacityThen === 0) continue
    const rate = fps * change.fpsFactor
    const bytes: WireCost = {
      ...wire,
      upBytesPerFrame: {
        ...wire.upBytesPerFrame,
        value: wire.upBytesPerFrame.value * change.jpegFactor,
      },
    }
    sensitivity.push({
      change: change.name,
      capacity: capacityThen,
      servers: plan(withinLink(question, capacityThen, rate, bytes), 1).servers,
      network: networkLoad(cameras, rate, bytes),
      // What if: nothing of it was measured, not even where only the network changes.
      basis: 'simulated',
    })
  }
  return {
    setting: evidence.setting,
    step,
    capacity,
    camerasPerServer,
    binds: camerasPerServer < capacity.cameras ? 'network' : (capacity.binding ?? 'unknown'),
    fleets,
    ...(pricePerServerMonth !== undefined && {
      costs: fleets.map(({ servers }) => ({
        perMonth: servers * pricePerServerMonth,
        perCameraMonth: (servers * pricePerServerMonth) / cameras,
      })),
    }),
    wire,
    network: networkLoad(cameras, fps, wire),
    busiestNetwork: networkLoad(fleets[1]!.busiestAfterLoss ?? fleets[1]!.busiest, fps, wire),
    networkBasis: weakest(wire.upBytesPerFrame.basis, wire.downBytesPerFrame.basis),
    sensitivity,
  }
}

/** Larger frames take longer to decode too, but by how much no measurement here says: they change the network only. */
function changesCapacity({ fpsFactor, alphaFactor }: Change): boolean {
  return fpsFactor !== 1 || alphaFactor !== 1
}

function withinLink({ linkMbit }: SizeQuestion, capacity: number, fps: number, wire: WireCost): number {
  if (linkMbit === undefined) return capacity
  const carried = camerasOfLink(linkMbit, fps, wire)
  if (carried > 0) return Math.min(capacity, carried)
  const { upMbit, downMbit } = networkLoad(1, fps, wire)
  throw new UserError('the link does not carry a single camera', {
    where: '--link',
    expected: `at least ${Math.max(upMbit, downMbit).toFixed(1)} Mbit/s, what one camera takes`,
    received: `${linkMbit} Mbit/s`,
    remedy: 'lower the rate, the size or the quality of the frames, or use a faster link',
  })
}

/** Bytes of bodies that one frame causes, each way; HTTP and TCP headers (some hundred bytes a request) not counted. */
interface WireCost {
  upBytesPerFrame: Labelled
  downBytesPerFrame: Labelled
}

interface NetworkLoad {
  upMbit: number
  downMbit: number
}

/** Mbit/s that this many cameras cause. */
function networkLoad(cameras: number, fps: number, wire: WireCost): NetworkLoad {
  const mbit = (bytesPerFrame: number) => (cameras * fps * bytesPerFrame * 8) / 1e6
  return { upMbit: mbit(wire.upBytesPerFrame.value), downMbit: mbit(wire.downBytesPerFrame.value) }
}

/** Cameras that one link carries, the fuller direction deciding. */
function camerasOfLink(linkMbit: number, fps: number, wire: WireCost): number {
  const one = networkLoad(1, fps, wire)
  return Math.floor(linkMbit / Math.max(one.upMbit, one.downMbit))
}

/**
 * Where a figure comes from. `measured`: on the server itself, at this rate and SLO. `interpolated`: between two
 * measurements. `simulated`: from a model that was fitted to measurements.
 */
export type Basis = 'measured' | 'interpolated' | 'simulated'

interface Labelled {
  value: number
  basis: Basis
}

const strength: Basis[] = ['measured', 'interpolated', 'simulated']

/** A figure that follows from several is no better founded than the weakest of them. */
function weakest(...bases: Basis[]): Basis {
  return bases.reduce((one, other) => (strength.indexOf(other) > strength.indexOf(one) ? other : one))
}
