import { has, t } from './texts.js'

// failureOf returns what people are told of an error: its code, and words of the texts where
// there are some, else its message.
export function failureOf(error) {
  const code = error?.code ?? 'error'
  return { code, message: has(`page.errors.${code}`) ? t(`page.errors.${code}`) : error?.message ?? String(error) }
}
