/**
 * Nothing leaves the machine: onnxruntime's event client is off. The library reads this variable once, when the first session of a process
 * is made, and every process and thread started from here on inherits it. Imported first by every program's entry and by `onnxruntime.ts`.
 */
process.env['ORT_DISABLE_TELEMETRY'] = '1'
