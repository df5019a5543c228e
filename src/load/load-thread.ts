import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { secretsIn } from '../server/access.js'
import { nowUs } from '../system/now-us.js'
import type { UserError } from '../system/user-error.js'
import { openSampleWriter } from '../run/sample-writer.js'
import { answerClassifier, needsBody } from './answer/classify-answer.js'
import { unwrapAnswer } from './answer/unwrap-answer.js'
import {
  Flag,
  type LoadControl,
  type LoadControlView,
  Value,
  threadFlagAt,
  threadValueAt,
  viewLoadControl,
} from './control/load-control.js'
import { raiseThreadPriority, setTimerSlack, systemThreadId } from './control/system-thread.js'
import type { LoadThreadCommand, LoadThreadMessage } from './control/thread-pool.js'
import { watchThreadCpu } from './control/watch-thread-cpu.js'
import { createDriver } from './drive/create-driver.js'
import { failureLog } from './drive/failure-log.js'
import { createRecorder } from './drive/recorder.js'
import { runPhases, subWindowMs } from './drive/run-phases.js'
import { connectionTls, type ConnectionTarget } from './connection-target.js'
import { grpcEngine } from './grpc/grpc-engine.js'
import { grpcStatus } from '../server/grpc-status.js'
import { httpEngine } from './http/http-engine.js'
import { Phase } from '../run/record.js'
import type { LoadJob } from './load-job.js'

export interface LoadThreadData {
  job: LoadJob
  control: LoadControl
  thread: number
  target: ConnectionTarget
  /** Header fields of the settings and the token. */
  headers: Record<string, string>
  /** These two as in `PhaseSettings`. */
  busyShare: number | undefined
  held: boolean
  /** Port to this thread's pacer; undefined for a closed load. */
  pacerPort: MessagePort | undefined
}

/** Period of the housekeeping, and so the precision of deadlines. */
const tickMs = 20
const flushEveryTicks = 12
const readBufferBytes = 64 * 1024

function post(message: LoadThreadMessage): void {
  parentPort!.postMessage(message)
}

/*
 * How a thread waits for the start, which is slightly in the future, so that all threads start at the same time, or an
 * instant that was agreed with other processes, seconds ahead. A timer may be some ms late. So the thread blocks for the
 * last ms, and spins for the rest. It spins briefly, because other processes on the same cores may begin at that instant.
 */
const longestSleepUs = 100_000
const blockedUs = 10_000
const longestSpinUs = 2000
const spinUs = 50

function blockUntil(us: number, view: LoadControlView): void {
  const leftUs = us - nowUs()
  if (leftUs > longestSpinUs) {
    setTimerSlack(systemThreadId())
    Atomics.wait(view.flags, Flag.stopAsked, 0, (leftUs - spinUs) / 1000)
  }
  while (nowUs() < us && !isStopped(view));
}

function isStopped({ flags }: LoadControlView): boolean {
  return Atomics.load(flags, Flag.stopAsked) === 1
}

/**
 * Whether an answer rejects the token of its request. TorchServe answers 400, not 401, in the same words to a wrong and
 * to an expired token (util/TokenAuthorization.java), and CANCELLED over gRPC (grpcimpl/GRPCInterceptor.java).
 */
function isTokenRefusal(status: number, body: Uint8Array = new Uint8Array(0)): boolean {
  if (status === 401 || status === grpcStatus.UNAUTHENTICATED) return true
  const says = (text: string) => Buffer.from(body).includes(text)
  return (
    (status === 400 && says('InvalidKeyException')) ||
    (status === grpcStatus.CANCELLED && says('Token Authorization failed'))
  )
}

function loadThread(data: LoadThreadData): void {
  const { job, control, thread, target, headers, busyShare, held, pacerPort } = data
  const view = viewLoadControl(control)
  const writer = openSampleWriter(job.sampleFile, (error: UserError) => {
    const { cause: _, ...parts } = error.parts
    post({ kind: 'failed', message: error.message, parts })
    // The other threads stop as well, because a part of the load is not the configured load.
    Atomics.store(view.flags, Flag.stopAsked, 1)
  })
  const createEngine = job.endpoint.protocol === 'grpc' ? grpcEngine : httpEngine
  const engine = createEngine({
    ...job,
    headers,
    target,
    tls: connectionTls(target),
    onRetry() {
      const isMeasured = recorder.phaseAt(nowUs() - start.us) === Phase.measured
      if (isMeasured) view.values[threadValueAt('retried', thread)]! += 1
    },
    keepBody: needsBody(job.answer, job.framesPerRequest, job.comparison),
    readBuffer: Buffer.allocUnsafeSlow(readBufferBytes),
  })
  const secrets = secretsIn(headers)
  const classify = answerClassifier(job.answer, job.comparison, unwrapAnswer(job.endpoint))
  const recorder = createRecorder(writer, view, thread)
  const failures = failureLog({ ...job, answerName: engine.answerName, secrets })
  const start = { us: Number.NaN }
  const parts = {
    engine,
    classify,
    recorder,
    failures,
    start,
    onHttpError(status: number, body: Uint8Array | undefined) {
      if (isTokenRefusal(status, body)) Atomics.store(view.flags, Flag.tokenRefused, 1)
    },
  }
  const driver = createDriver(job, parts, view, thread)
  let pacer: { id: number | undefined } | undefined

  function begin(): void {
    const startUs = view.values[Value.startUs]!
    const leftUs = startUs - nowUs()
    if (leftUs > 2 * blockedUs && !isStopped(view)) {
      setTimeout(begin, Math.min(leftUs - blockedUs, longestSleepUs) / 1000)
      return
    }
    start.us = startUs
    const onDrained = () => post({ kind: 'drained' })
    const phases = runPhases({ ...job, busyShare, held, onDrained }, driver, view, thread)
    const cpu = watchThreadCpu(view, thread, { warmupPeriodUs: subWindowMs(job.warmupMaxMs) * 1000, pacer })
    let ticks = 0
    blockUntil(startUs, view)
    view.values[threadValueAt('beganUs', thread)] = nowUs() - startUs
    if (phases.step(nowUs() - startUs) === 'running') driver.begin(nowUs() - startUs)
    const timer = setInterval(() => {
      const sinceStartUs = nowUs() - startUs
      driver.tick(sinceStartUs)
      if (++ticks % flushEveryTicks === 0) writer.flush()
      cpu.observe(sinceStartUs)
      if (phases.step(sinceStartUs) === 'running') return
      clearInterval(timer)
      cpu.finish()
      Atomics.store(view.flags, threadFlagAt('pacerStop', thread), 1)
      Atomics.notify(view.flags, threadFlagAt('pacerStop', thread))
      driver.abort()
      engine.close()
      view.values[threadValueAt('endedUs', thread)] = nowUs() - startUs
      pacerPort?.close()
      writer
        .close()
        // A failure of the writer was reported when it happened.
        .catch(() => undefined)
        .finally(() => post({ kind: 'done', failures: failures.failures() }))
    }, tickMs)
  }

  raiseThreadPriority(systemThreadId())
  parentPort!.on('message', (message: LoadThreadCommand) => {
    if (message === 'start') {
      begin()
      return
    }
    secrets.push(...secretsIn(message.headers))
    engine.setHeaders(message.headers)
  })
  driver.prepare()
  if (pacerPort === undefined) post({ kind: 'ready' })
  pacerPort?.on('message', (id: number | undefined) => {
    if (pacer === undefined) {
      pacer = { id }
      post({ kind: 'ready' })
      return
    }
    Atomics.store(view.flags, threadFlagAt('wakePosted', thread), 0)
    // On a busy machine the pacer may wake this thread before the message that begins the load. `begin` sends what is
    // due by then, unless the load was stopped.
    if (!Number.isNaN(start.us)) driver.pump(nowUs() - start.us)
  })
}

loadThread(workerData)
