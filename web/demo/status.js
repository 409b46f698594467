// What the page says about itself: how far the engine has been loaded, and errors.
/* global WASM_BYTES: put in by the build */
import { has, t } from './peerset-ui.mjs'

const $ = (id) => document.getElementById(id)

const bar = $('loading')
const said = $('loading-text')

function say(text, part) {
  said.ariaLive = part > 0 && part < 1 ? 'off' : 'polite' // the bar tells how far it is
  said.textContent = text
  if (part === undefined) bar.removeAttribute('value')
  else bar.value = part
}

// loading shows the progress of opening a room.
export const loading = {
  start() {
    document.body.dataset.status = 'opening'
    say(t('page.opening'))
  },
  // progress is told of the engine's bytes. total is 0 where the browser does not
  // know it, as of what comes compressed; then the size at build time is taken.
  progress(loaded, total = 0) {
    total ||= WASM_BYTES
    const part = total > 0 ? Math.min(loaded / total, 1) : undefined
    if (part === 1) say(t('page.starting'))
    else say(part === undefined ? t('page.loading') : t('page.loadingPart', { n: Math.round(part * 100) }), part)
  },
  done() {
    document.body.dataset.status = 'open'
    say('', 1)
  },
  failed() {
    document.body.dataset.status = 'failed'
    say(t('page.failed'), 0)
  },
}

const maxErrors = 3

const main = document.querySelector('main')
$('skip').onclick = () => main.focus()

// showError shows an error until somebody dismisses it; one that is shown already
// is counted. actions are what can be done about it: {text: what is done}. It returns
// the box that it is shown in.
export function showError(error, actions = {}) {
  const code = error.code ?? 'error'
  const text = has(`page.errors.${code}`) ? t(`page.errors.${code}`) : `${error.message}`
  const same = [...$('errors').children].find((box) => box.dataset.code === code && box.querySelector('.text').textContent === text)
  if (same) {
    const times = Number(same.dataset.times) + 1
    same.dataset.times = times
    same.querySelector('.times').textContent = ` ${t('page.times', { n: times })}`
    return same
  }
  const box = $('error').content.firstElementChild.cloneNode(true)
  box.dataset.code = code
  box.dataset.times = 1
  box.querySelector('code').textContent = code
  box.querySelector('.text').textContent = text
  const dismiss = box.querySelector('.dismiss')
  dismiss.onclick = () => remove(box)
  for (const [name, act] of Object.entries(actions)) {
    const button = document.createElement('button')
    button.type = 'button'
    button.textContent = name
    button.onclick = act
    box.querySelector('.actions').prepend(button)
  }
  $('errors').prepend(box)
  while ($('errors').children.length > maxErrors) $('errors').lastElementChild.remove()
  return box
}

// clearErrors removes those that are shown, with what could be done about them.
export function clearErrors() {
  for (const box of [...$('errors').children]) remove(box)
}

function remove(box) {
  if (box.contains(document.activeElement)) main.focus({ preventScroll: true })
  box.remove()
}
