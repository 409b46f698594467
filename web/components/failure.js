// failureOf returns what people are told of an error: its code and its message.
export const failureOf = (error) => ({ code: error?.code ?? 'error', message: error?.message ?? String(error) })
