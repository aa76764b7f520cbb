/** Nothing leaves the machine: the packaged app through a whole session in a network that writes down whoever speaks. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ensureUnpacked } from '../../scripts/packaging/app-folder.ts'
import { startPackagedApp } from '../support/packaged-app.ts'
import { openSilentNetwork } from '../support/silent-network.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { wholeSession } from '../support/whole-session.ts'

const network = await openSilentNetwork()
if ('impossible' in network) console.warn(`Whether anything leaves the machine could not be tested. ${network.impossible}`)

test.skipIf('impossible' in network)('the packaged app asks no name and reaches nobody in a whole session', async () => {
  if ('impossible' in network) throw new Error(network.impossible)
  const folder = temporaryFolder()
  const home = { HOME: folder, TMPDIR: folder, XDG_CACHE_HOME: join(folder, 'cache') }
  const running = await startPackagedApp(await ensureUnpacked(), join(folder, 'user'), { prefix: network.prefix, environment: home })
  try {
    await wholeSession(running.window, folder)
  } finally {
    expect(await running.close()).toBe(0)
  }
  expect(network.recorded()).toEqual({ lookUps: [], connections: [], packets: 0 })
  network.close()
})
