// How smoothly the network page scrolls with 50 peers, 100,000 records and 1,000 more a minute.
import { launch } from '../e2e/lib/browser.mjs'
import { crowd, scroll } from '../e2e/lib/crowd.mjs'
import { pages } from '../e2e/lib/double.mjs'
import { site } from '../e2e/lib/site.mjs'
import { median } from './rows.mjs'

export async function page(runs) {
  const { url, stop } = await site(pages)
  const figures = []
  try {
    for (let i = 0; i < runs; i++) {
      const { browser, stop: quit } = await launch('chromium')
      try {
        const tab = await browser.newPage()
        await crowd(tab, url)
        figures.push(median((await scroll(tab)).frames))
      } finally {
        await quit()
      }
    }
  } finally {
    await stop()
  }
  return { rows: [{ what: 'a frame while scrolling, 50 peers, 100,000 records, 1,000 more a minute', value: median(figures), unit: 'ms', max: 17 }] }
}
