/** An installed app takes nothing of its surroundings that loads code or opens a door: variables that name native files, ports of debuggers. Imported first. */
import { app } from 'electron'

/** Read by Node, Electron or our own code in this process or in those it starts. */
const loading = [
  'CAPSTAN_SQLITE_BINDING',
  'NODE_OPTIONS',
  'NODE_PATH',
  'NODE_REPL_EXTERNAL_MODULE',
  'NODE_V8_COVERAGE',
  'ELECTRON_RUN_AS_NODE',
  'ELECTRON_OVERRIDE_DIST_PATH',
  'ELECTRON_RENDERER_URL',
  'OPENSSL_CONF',
  'OPENSSL_MODULES',
  'LD_PRELOAD',
  'LD_AUDIT',
  'DYLD_INSERT_LIBRARIES',
  'VIPS_MODULE_PATH',
] as const

/** Chromium's and Node's ways to let a debugger or other code in over a port. A pipe, which only who starts the app holds, stays. */
const doors = [
  'remote-debugging-port',
  'remote-debugging-address',
  'remote-debugging-socket-name',
  'inspect',
  'inspect-brk',
  'inspect-port',
  'js-flags',
  'load-extension',
]

if (app.isPackaged) {
  for (const name of loading) Reflect.deleteProperty(process.env, name)
  for (const name of doors) app.commandLine.removeSwitch(name)
}
