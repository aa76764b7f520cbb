/**
 * Measures in the page itself: from the time stamp of the input event to the frame that shows its outcome. What Playwright needs to send the
 * input is not in the figure; what the compositor needs after the page has painted is not either.
 */
import type { Page } from 'playwright-core'

/** What must be on screen for an action to count as done. */
export type Outcome =
  /** The grid has the answer to the newest question, and every card in sight its row. */
  | 'rows'
  /** … and every thumbnail in sight is loaded. */
  | 'thumbnails'
  /** Review shows another image than before: picture loaded, name and candidates of the same image there. */
  | 'next-image'
  /** The Library has its counts and a grid of rows. */
  | 'library'

interface Probe {
  arm(outcome: Outcome, settled: boolean): void
  /** Milliseconds from the last input event after arming. */
  result(): Promise<number>
}

/** Puts the probe into the page; once for each page. */
export async function installProbe(page: Page): Promise<void> {
  await page.evaluate(() => {
    const inSight = (selector: string): HTMLElement[] => {
      const scroller = document.querySelector('[role=listbox]')?.getBoundingClientRect()
      if (scroller === undefined) return []
      return [...document.querySelectorAll<HTMLElement>(`[role=listbox] ${selector}`)].filter((element) => {
        const box = element.getBoundingClientRect()
        return box.bottom > scroller.top && box.top < scroller.bottom
      })
    }
    const loaded = (image: Element): boolean => image instanceof HTMLImageElement && image.complete && image.naturalWidth > 0
    const stageImage = (): HTMLImageElement | null => document.querySelector('.stage img.image')
    const title = (): string => document.querySelector('.head .title')?.textContent ?? ''
    let before = { source: '', title: '' }
    let answered = false
    const done: Record<Outcome, () => boolean> = {
      rows: () => answered && inSight('[role=option]').length > 0 && inSight('.waiting').length === 0,
      thumbnails: () => done.rows() && inSight('.picture img').every(loaded),
      library: () => document.querySelector('.amount')?.textContent !== '0' && inSight('[role=option]').length > 0 && inSight('.waiting').length === 0,
      'next-image': () => {
        const image = stageImage()
        if (image === null || image.src === before.source || !loaded(image)) return false
        return title() !== before.title && title() !== 'Loading…' && document.querySelector('button.candidate') !== null
      },
    }
    let result: Promise<number> = Promise.reject(new Error('nothing was armed'))
    result.catch(() => undefined)
    const probe: Probe = {
      arm(outcome, settled) {
        before = { source: stageImage()?.src ?? '', title: title() }
        answered = settled
        const watcher = new MutationObserver((changes) => {
          if (changes.some(({ target }) => (target as Element).getAttribute('aria-busy') === 'false')) answered = true
        })
        const grid = document.querySelector('[role=listbox]')
        if (grid !== null) watcher.observe(grid, { attributeFilter: ['aria-busy'] })
        result = new Promise((resolve, reject) => {
          let begun: number | undefined
          const begin = (event: Event): void => {
            begun = event.timeStamp // of several (fill, Enter) the last one asks
          }
          const kinds = ['keydown', 'click', 'change', 'input']
          for (const kind of kinds) addEventListener(kind, begin, { capture: true })
          const late = performance.now() + 60_000
          const look = (): void => {
            const isDone = begun !== undefined && done[outcome]()
            if (!isDone && performance.now() < late) return void requestAnimationFrame(look)
            for (const kind of kinds) removeEventListener(kind, begin, { capture: true })
            watcher.disconnect()
            // A task after this frame's callbacks: the frame has been painted.
            setTimeout(() => (isDone && begun !== undefined ? resolve(performance.now() - begun) : reject(new Error(`No ${outcome} within a minute.`))))
          }
          requestAnimationFrame(look)
        })
        result.catch(() => undefined)
      },
      result: () => result,
    }
    Reflect.set(globalThis, 'probe', probe)
  })
}

/** Milliseconds from the input that `act` sends to its outcome. `settled`: no answer of the grid is waited for. */
export async function measured(page: Page, outcome: Outcome, act: () => Promise<unknown>, settled = false): Promise<number> {
  await page.evaluate(([name, isSettled]) => (Reflect.get(globalThis, 'probe') as Probe).arm(name, isSettled), [outcome, settled] as const)
  await act()
  return page.evaluate(() => (Reflect.get(globalThis, 'probe') as Probe).result())
}

/** Scrolls the grid for a while by `pixels` a frame; the frames' intervals in milliseconds and the share of frames with an empty card in sight. */
export function scrolled(page: Page, pixels: number, frames: number): Promise<{ intervals: number[]; withEmptyCards: number }> {
  return page.evaluate(
    ([step, count]) =>
      new Promise((resolve) => {
        const scroller = document.querySelector('[role=listbox]')
        if (scroller === null) throw new Error('There is no grid.')
        const intervals: number[] = []
        let withEmptyCards = 0
        let last = performance.now()
        const frame = (time: number): void => {
          intervals.push(time - last)
          last = time
          if (scroller.querySelector('.waiting') !== null) withEmptyCards += 1
          scroller.scrollTop += step
          if (intervals.length <= count) requestAnimationFrame(frame)
          else resolve({ intervals: intervals.slice(1), withEmptyCards: withEmptyCards / count })
        }
        requestAnimationFrame(frame)
      }),
    [pixels, frames] as const,
  )
}
