/** Before the window is measured: the app is built, Electron is found, and there is a display. What preparing says is no part of the result. */
import { ensureEncoders } from '../../../scripts/build-encoder.ts'
import { ensureBuilt } from '../../../scripts/build.ts'
import { prepareElectron } from '../../../scripts/electron/ensure-electron.ts'
import { electronEnvironment } from '../../../scripts/electron/launch.ts'
import { withDisplay } from '../../../scripts/electron/virtual-display.ts'

/** Once, so that every start is the same. */
export async function withPreparedApp<Result>(measure: () => Promise<Result>): Promise<Result> {
  const { log } = console
  console.log = console.error
  try {
    const electron = await prepareElectron()
    await ensureEncoders()
    await ensureBuilt()
    Object.assign(process.env, electronEnvironment(electron), { CAPSTAN_ELECTRON: electron.executable })
    return await withDisplay(measure)
  } finally {
    console.log = log
  }
}
