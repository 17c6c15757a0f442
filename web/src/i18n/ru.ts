import common from './ru/common'
import panel from './ru/panel'
import workspace from './ru/workspace'

export default { common, panel, ...workspace }
