/** Pictures of what the window shows, in light and dark and at both sizes that it is looked at in: `NAME-THEME-WIDTH`. */
import { callVerb, type RunningApp } from './app.ts'

export async function look(running: RunningApp, name: string): Promise<void> {
  for (const theme of ['light', 'dark'] as const) {
    await callVerb(running.window, 'settings.set', { theme })
    for (const [width, height] of [
      [1280, 800],
      [1920, 1080],
    ] as const) {
      await running.app.evaluate(({ BrowserWindow }, [w, h]) => BrowserWindow.getAllWindows()[0].setContentSize(w, h), [width, height] as const)
      await running.window.waitForTimeout(400)
      await running.screenshot(`${name}-${theme}-${width}`)
    }
  }
}
