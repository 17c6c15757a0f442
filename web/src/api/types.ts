/**
 * The shapes the server's API speaks in, by the names the screens use. All are generated from its OpenAPI description
 * (`schema.d.ts`, `npm run api`); only words that the description leaves as bare text are narrowed here.
 */
import type { components } from './schema'

type Schemas = components['schemas']
type Narrowed<Shape, Words> = Omit<Shape, keyof Words> & Words

export type Role = 'operator' | 'supervisor' | 'administrator'
export type Language = 'ru' | 'en'
export type Theme = 'system' | 'light' | 'dark'
export type PresenceState = Schemas['PresenceIn']['state'] | 'ringing' | 'busy' | 'offline'

export type Me = Narrowed<Schemas['Me'], { role: Role; language: Language; theme: Theme }>
export type EmployeeLive = Narrowed<Schemas['EmployeeLive'], { role: Role; state: PresenceState }>
export type Start = Narrowed<
  Schemas['StartOut'],
  { me: Me; employees: EmployeeLive[]; calls: CallCard[]; exchange: ExchangeState }
>
export type ExchangeState = Schemas['ExchangeOut']

export type PersonRef = Schemas['PersonRef']
export type NamedRef = Schemas['Named']
export type LineOut = Schemas['LineOut']

export type PhoneOut = Schemas['PhoneOut']
export type PhoneKind = PhoneOut['kind']
export type PhoneIn = Schemas['PhoneIn']

export type Match = Required<Schemas['Match']>
export type CallCard = Narrowed<Schemas['CallCard'], { who: Match | null; matches: Match[] }>
export type CallDetails = CallCard & Pick<Schemas['CallDetails'], 'chronology' | 'transfers'>
export type ChronologyEntry = Schemas['ChronologyEntry']
export type Transfer = Schemas['TransferOut']
export type Leg = Schemas['LegOut']
export type Recording = Schemas['RecordingOut']
export type RecordingState = Recording['state']
export type Direction = CallCard['direction']
export type CallState = CallCard['state']
export type CallStatus = NonNullable<CallCard['status']>
export type Peaks = Schemas['Peaks']
export type DialOut = Schemas['Dialled']
export type PhoneAccount = Narrowed<Schemas['PhoneAccount'], { ice_servers: RTCIceServer[] }>

export type SearchHit = Schemas['HitOut']
export type WhoOut = Narrowed<Schemas['WhoOut'], { matches: Match[] }>

export type ClientRow = Schemas['ClientRow']
export type ClientCard = Schemas['ClientCard']
export type ClientKind = ClientCard['kind']
export type ContactPerson = Schemas['PersonOut']
export type PersonIn = Schemas['PersonIn']
export type ClientIn = Schemas['ClientIn']
export type ClientChange = Omit<Schemas['ClientChange'], 'version'>
export type OrderRow = Schemas['OrderOut']

export type LeadRow = Schemas['LeadRow']
export type LeadCard = Schemas['LeadCard']
export type LeadState = LeadCard['state']
export type LeadIn = Schemas['LeadIn']
export type LeadChange = Omit<Schemas['LeadChange'], 'version'>

export type FeedOrder = Schemas['FeedOrder']
export type FeedNote = Schemas['FeedNote']
export type FeedItem = Narrowed<Schemas['FeedItem'], { call?: CallCard | null }>

export interface Page<Item> {
  items: Item[]
  next: string | null
}

export type SimulatedNumber = Schemas['SimulatedNumber']
export type Behaviour = SimulatedNumber['behaviour']
export type SimulatedCall = Schemas['SimulatedCall']
export type SimulatorState = Schemas['SimulatorOut']
