import { mean as meanOf } from 'simple-statistics'
import type { LoadResult } from '../load/load-job.js'
import type { MachineSample } from '../machine/machine-sample.js'
import { sampleMachine } from '../machine/sample-machine.js'
import { nowUs } from '../clock/now-us.js'
import type { MeasurementObservations } from '../samples/measurement-observations.js'
import type { RunningServer } from '../server/running-server.js'

export interface MeasurementWatch {
  /** Ends watching and says what was seen during the window of this load. */
  end: (result: LoadResult) => Promise<{ observations: MeasurementObservations; machine: MachineSample[] }>
  /** Ends watching a measurement that failed. */
  abandon: () => void
}

/** Watches the machine, the clock and the server's processes beside a load, from outside its threads. */
export async function watchMeasurement(server: RunningServer): Promise<MeasurementWatch> {
  const processesBefore = await server.processIds()
  const sampler = sampleMachine(processesBefore)
  const beganUs = nowUs()
  const wallOffsetMs = Date.now() - beganUs / 1000

  async function end(result: LoadResult) {
    sampler.stop()
    const clockStepMs = Date.now() - nowUs() / 1000 - wallOffsetMs
    const processesAfter = await server.processIds()
    const offsetS = (result.startedClockUs - beganUs) / 1e6
    const machine = sampler.samples.map((sample) => ({ ...sample, timeS: sample.timeS - offsetS }))
    const window = machine.filter(
      ({ timeS }) => timeS * 1e6 > result.windowStartUs && timeS * 1e6 <= result.windowEndUs,
    )
    return {
      machine,
      observations: {
        clockStepMs,
        ...(processesBefore.length > 0 && {
          serverRestarted: processesBefore.some((id) => !processesAfter.includes(id)),
        }),
        ...meansOf(window),
      },
    }
  }
  return { end, abandon: () => sampler.stop() }
}

function meansOf(window: MachineSample[]): MeasurementObservations {
  if (window.length === 0) return {}
  const serverCpu = window.flatMap(({ serverCpuShare }) =>
    serverCpuShare === undefined ? [] : [serverCpuShare],
  )
  return {
    machineCpuShare: meanOf(window.map(({ machineCpuShare }) => machineCpuShare)),
    stealShare: meanOf(window.map(({ stealShare }) => stealShare)),
    ...(serverCpu.length > 0 && { serverCpuCores: meanOf(serverCpu) }),
  }
}
