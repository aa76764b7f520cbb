/** A workspace that came from elsewhere names folders of photos: the person here says whether they are shown. The page has no part in it. */
import type { BrowserWindow } from 'electron'
import { askOver } from './ask-over.ts'

const mostNamed = 6

export async function askForRoots(window: BrowserWindow | undefined, roots: readonly string[]): Promise<boolean> {
  const named = [...roots.slice(0, mostNamed), ...(roots.length > mostNamed ? [`and ${roots.length - mostNamed} more`] : [])]
  const box = {
    type: 'question' as const,
    message: 'May this workspace show photos of these folders?',
    detail: `${named.join('\n')}\n\nThey were chosen on another computer, by another person, or before this workspace was moved.`,
    buttons: ['Show the photos', 'Not now'],
    defaultId: 1,
    cancelId: 1,
  }
  const { response } = await askOver(window, box)
  return response === 0
}
