import calls from './calls'
import clients from './clients'
import shell from './shell'

export default { ...shell, ...clients, ...calls }
