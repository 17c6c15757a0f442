"""What the telephone says to people."""

from svyaz.kit.texts import Text

BAD_CURSOR = Text("Страница не найдена. Откройте журнал сначала.", "No such page. Open the journal from its beginning.")
NO_EXTENSION = Text(
    "У вас нет внутреннего номера. Его может дать администратор.",
    "You have no extension. Your administrator can give you one.",
)
NO_PHONE = Text(
    "Ни панель, ни настольный телефон не на линии. Нажмите «Выйти на линию» в панели или включите телефон.",
    "Neither the panel nor the desk phone is on line. Press «Go online» in the panel or switch the telephone on.",
)
EXCHANGE_DOWN = Text(
    "Станция сейчас недоступна, звонок невозможен. Повторите через минуту.",
    "The exchange is unavailable now, calling is impossible. Try again in a minute.",
)
NOT_DIALABLE = Text(
    "Это не похоже на номер. Введите номер с кодом города или внутренний номер.",
    "This does not look like a number. Enter a number with its area code, or an extension.",
)
NO_SUCH_EXTENSION = Text(
    "Такого внутреннего номера нет. Городской номер наберите целиком, с кодом города.",
    "There is no such extension. Dial an outside number in full, with its area code.",
)
OWN_EXTENSION = Text("Это ваш собственный номер.", "This is your own number.")
NOT_ABROAD = Text(
    "Звонить за границу вам не разрешено. Право может дать администратор.",
    "You may not call abroad. Your administrator can give you the right.",
)
COMMAND_FAILED = Text(
    "Станция не выполнила команду. Повторите; если не поможет, сообщите администратору.",
    "The exchange did not carry the command out. Try again; if that does not help, tell your administrator.",
)
COMMAND_REFUSED = Text(
    "Станция отказалась выполнить команду: «{said}». Сообщите администратору.",
    "The exchange refused the command: “{said}”. Tell your administrator.",
)
COMMAND_UNKNOWN = Text(
    "Станция не ответила на команду. Прежде чем повторить, посмотрите, не начался ли звонок.",
    "The exchange did not answer the command. Before you try again, see whether the call has begun.",
)
COMMAND_EXPIRED = Text(
    "Станция была недоступна, команда не выполнена. Повторите.",
    "The exchange was unavailable, the command was not carried out. Try again.",
)
OWN_PHONE_OFF = Text(
    "Станция не дозвонилась до вашего телефона, звонок не начат. Проверьте, включён ли телефон.",
    "The exchange could not reach your telephone, the call has not begun. See whether the telephone is on.",
)
OWN_PHONE_DECLINED = Text(
    "Ваш телефон занят или отклонил вызов, звонок не начат.",
    "Your telephone was busy or declined, the call has not begun.",
)
OWN_PHONE_SILENT = Text(
    "Вы не сняли трубку, звонок не начат.", "You did not pick up your telephone, the call has not begun."
)
NUMBER_REFUSED = Text(
    "Станция не набирает номер {number}. Проверьте его; если он верен, сообщите администратору.",
    "The exchange does not dial {number}. Check the number; if it is right, tell your administrator.",
)
CALL_OVER = Text("Звонок уже закончился.", "The call is already over.")
NOT_A_MATCH = Text(
    "Этого нет среди совпадений звонка. Привяжите номер в карточке клиента.",
    "This is not among the matches of the call. Attach the number in the client's card.",
)
ONE_CHOICE = Text("Выберите одно: клиента, контактное лицо или лида.", "Pick one: a client, a person or a lead.")
NOT_READY = Text("Запись ещё готовится.", "The recording is still being prepared.")
NO_RECORDING = Text("Файла записи нет.", "There is no file of the recording.")
NOT_PLAYABLE_RANGE = Text("Такой части записи нет.", "There is no such part of the recording.")
STRANGER = Text("Незнакомый номер", "Unknown number")
SIMULATOR_OFF = Text("Симулятор выключен.", "The simulator is switched off.")
