// Real browsers, each with a profile of its own that is gone afterwards.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import puppeteer from 'puppeteer-core'
import { within } from './wait.mjs'

const launchSeconds = 60
const closeSeconds = 10

const kinds = {
  chromium: {
    browser: 'chrome',
    executablePath: '/usr/bin/chromium',
    args: ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  },
  firefox: {
    browser: 'firefox',
    protocol: 'webDriverBiDi',
    executablePath: '/usr/bin/firefox-esr',
  },
}

// Machines that run tests often lack multicast, which the .local names of host candidates
// need, or lose packets of it.
const addresses = {
  chromium: ({ args }) => ({ args: [...args, '--disable-features=WebRtcHideLocalIpsWithMdns'] }),
  firefox: () => ({ extraPrefsFirefox: { 'media.peerconnection.ice.obfuscate_host_addresses': false } }),
}

// launch starts a browser: 'chromium' or 'firefox'. It returns puppeteer's Browser
// and a function that ends it with all its processes. A stock one hides the addresses of
// this machine in what it tells other peers.
export async function launch(kind, { stock = false } = {}) {
  const userDataDir = await mkdtemp(join(tmpdir(), `peerset-${kind}-`))
  const forget = () => rm(userDataDir, { recursive: true, force: true, maxRetries: 5 })
  let browser
  try {
    browser = await puppeteer.launch({ ...kinds[kind], ...(stock ? {} : addresses[kind](kinds[kind])), headless: true, userDataDir, timeout: launchSeconds * 1000 })
  } catch (error) {
    await forget()
    throw error
  }
  const { pid } = browser.process()
  const kill = () => {
    try {
      process.kill(-pid, 'SIGKILL') // its group: helpers may outlive the browser
    } catch {
      // They are gone, as they should be.
    }
  }
  process.once('exit', kill)
  const stop = async () => {
    await within(closeSeconds, `${kind} closes`, browser.close()).catch(() => {})
    kill()
    process.off('exit', kill)
    await forget()
  }
  return { browser, stop }
}
