/** The Java system property that names the log file. */
export const logFileProperty = 'framestorm.logFile'

/**
 * A log4j2 configuration that keeps what is needed per batch, and nothing per request: what the workers print
 * (MODEL_LOG: our handler's lines, tracebacks) and their PredictionTime lines (WorkerLifeCycle). The layout is the
 * one that TorchServe ships, so one parser reads both. Where TorchServe's own configuration writes five lines for
 * each request, the log would cost the server more than a small model does.
 */
export const logConfig = `<?xml version="1.0" encoding="UTF-8"?>
<Configuration status="warn">
  <Appenders>
    <File name="server" fileName="\${sys:${logFileProperty}}" append="true">
      <PatternLayout pattern="%d{ISO8601} [%-5p] %t %c - %m%n"/>
    </File>
  </Appenders>
  <Loggers>
    <Logger name="ACCESS_LOG" level="off"/>
    <Logger name="TS_METRICS" level="off"/>
    <Logger name="MODEL_METRICS" level="off"/>
    <Logger name="MODEL_LOG" level="info"/>
    <Logger name="org.pytorch.serve.wlm.WorkerLifeCycle" level="info"/>
    <Logger name="org.pytorch.serve.ModelServer" level="info"/>
    <Root level="warn">
      <AppenderRef ref="server"/>
    </Root>
  </Loggers>
</Configuration>
`
