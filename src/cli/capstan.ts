#!/usr/bin/env node
/** `capstan`: the engine without a window. What Node compiles is kept for the next start, in the person's own folder; where that cannot be written, nothing is. */
import '#engine/runtime/telemetry-off.ts' // before anything can load onnxruntime or start a process
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { personFolder } from '#engine/log/log-place.ts'

// Threads and children read the variable.
process.env['NODE_COMPILE_CACHE'] ??= join(personFolder(), 'compiled')
enableCompileCache(process.env['NODE_COMPILE_CACHE'])

// Only what is imported from here on is kept.
await import('./program.ts')
