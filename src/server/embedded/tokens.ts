import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { FrontendError, type FrontendAnswer } from './frontend-answer.js'

const minutes = 60

interface Token {
  key: string
  expiresAt: Date
}

/** token_authorization of the real server: three keys in key_file.json, two of which expire after an hour. */
export class Tokens {
  private readonly keyFile: string
  private readonly apiKey = newKey()
  private readonly tokens = { management: newToken(), inference: newToken() }

  constructor(keyFile: string) {
    this.keyFile = keyFile
    this.save()
  }

  /** Throws TorchServe's answer to a wrong token: 400, neither 401 nor 403. */
  check(authorization: string | undefined, kind: 'management' | 'inference'): void {
    const { key, expiresAt } = this.tokens[kind]
    if (bearerToken(authorization) !== key || expiresAt.getTime() < Date.now())
      throw invalidKey('Authorization')
  }

  renew(authorization: string | undefined, kind: string | null): FrontendAnswer {
    if (bearerToken(authorization) !== this.apiKey) throw invalidKey('Authentication')
    if (kind !== 'management' && kind !== 'inference') throw invalidKey('Authentication')
    this.tokens[kind] = newToken()
    this.save()
    return { status: 200, body: '' }
  }

  private save(): void {
    const { management, inference } = this.tokens
    const file = { management: written(management), inference: written(inference), API: { key: this.apiKey } }
    writeFileSync(this.keyFile, JSON.stringify(file, undefined, 2), { mode: 0o600 })
  }
}

/** As util/TokenAuthorization.java reads it. */
function bearerToken(authorization: string | undefined): string | undefined {
  return /^Bearer\s+(\S+)$/.exec(authorization ?? '')?.[1]
}

function newKey(): string {
  return randomBytes(6).toString('base64url')
}

function newToken(): Token {
  return { key: newKey(), expiresAt: new Date(Date.now() + minutes * 60_000) }
}

function written({ key, expiresAt }: Token): Record<string, string> {
  return { key, 'expiration time': expiresAt.toISOString() }
}

/** `Authorization` for using a token, `Authentication` for renewing one, as on the real server. */
function invalidKey(what: 'Authorization' | 'Authentication'): FrontendError {
  const text = `Token ${what} failed. Token either incorrect, expired, or not provided correctly`
  return new FrontendError(400, 'InvalidKeyException', text)
}
