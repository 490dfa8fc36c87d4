### German, Sie. Short plain sentences; a button says what happens; an error says what happened and what to do.
### The four files hold the same keys, in the same order.

## Every page

language-picker = Sprache
error-prefix = Fehler:
who-is-here = Sie sind hier als
who-not-you = Das sind nicht Sie?
help-title = Hilfe
help-call = Rufen Sie uns an, wir helfen Ihnen gern.
help-no-phone = Wenden Sie sich an die Person, die Ihnen den Zugang gegeben hat. Sie kann Ihnen helfen.
help-link = Weitere Hilfe
help-code = Hilfecode:
help-code-use = Nennen Sie ihn am Telefon: Dann sehen wir, bei welchem Schritt Sie sind.
help-safe = Am Telefon fragen wir Sie nie nach Ihrem Passwort oder nach einer Zahl aus Ihrer App.
start-link = Zur Startseite
ends-text = Zu Ihrer Sicherheit schließt sich diese Seite in fünf Minuten.
ends-more = Mehr Zeit
ends-more-given = Die Seite bleibt offen.
ends-over = Zu Ihrer Sicherheit wurde diese Seite geschlossen. Sie können sofort neu beginnen.
ends-start-again = Neu beginnen

## The progress of the first connection

step-number = Schritt { $number }
step-of = von { $of }
step-access = Ihr Zugang
step-secure = Ihr Konto schützen
step-password = Ihr Passwort wählen
step-done = Fertig

## The page people keep among their bookmarks

home-title = Willkommen
home-lead = Melden Sie sich hier an, um Ihr Portal zu nutzen.
home-sign-in = Anmelden
home-first-title = Sind Sie zum ersten Mal hier?
home-first-lead = Die Anleitung zeigt jeden Schritt mit Bild. Das Ganze dauert etwa drei Minuten.
home-first-guide = Anleitung lesen
home-first-pdf = Anleitung zum Ausdrucken (PDF)
home-signed-in-title = Sie sind angemeldet
home-signed-in-as = Ihr Benutzername: { $name }
home-go-on = Zum Portal
home-account = Mein Konto
home-sign-out = Abmelden
home-keep-title = Behalten Sie diese Seite
home-keep-lead = So finden Sie sie beim nächsten Mal mit einem Klick wieder.
home-keep-computer = Am Computer: Drücken Sie gleichzeitig Strg und D.
home-keep-mac = Am Mac: Drücken Sie gleichzeitig Befehl (⌘) und D.
home-keep-iphone = Auf dem iPhone oder iPad: Tippen Sie auf Teilen, dann auf „Zum Home-Bildschirm“.
home-keep-android = Auf einem Android-Telefon: Öffnen Sie das Menü (⋮), dann tippen Sie auf „Zum Startbildschirm hinzufügen“.
home-keep-others = Auf einem anderen Gerät

## The accounts this browser has used

picker-title = Wählen Sie Ihr Konto
picker-lead = Diese Konten wurden in diesem Browser schon verwendet.
picker-forget = Vergessen
picker-forget-who = Vergessen: { $name } in diesem Browser
picker-other = Ein anderes Konto verwenden

## Signing in: the user name

sign-in-title = Anmelden
sign-in-name-label = Benutzername
sign-in-name-hint = Er steht in der E-Mail zu Ihrem Zugang.
sign-in-next = Weiter
sign-in-name-missing = Der Benutzername fehlt noch. Geben Sie ihn unten ein und wählen Sie dann Weiter.
sign-in-start-again = Zu Ihrer Sicherheit wurde die Seite nach einiger Zeit geschlossen. Bitte beginnen Sie noch einmal mit Ihrem Benutzernamen.
sign-in-no-cookie = Wir konnten nicht weitermachen. Geben Sie Ihren Benutzernamen noch einmal ein. Erscheint diese Meldung wieder, erlauben Sie im Browser Cookies für diese Website.
sign-in-passkey = Mit diesem Gerät anmelden
sign-in-passkey-wrong = Dieses Gerät hat Sie nicht erkannt. Melden Sie sich mit Ihrem Benutzernamen an.
sign-in-passkey-cloned = Zum Schutz Ihres Kontos nehmen wir dieses Gerät nicht mehr an: Es scheint eine Kopie davon zu geben. Melden Sie sich mit Ihrem Benutzernamen an.

## Signing in: the password

password-title = Ihr Passwort
password-lead = Melden Sie sich zum ersten Mal an? Verwenden Sie das vorläufige Passwort, das Sie erhalten haben.
password-who = Benutzername:
password-change-name = Ändern
password-label = Passwort
password-show = Anzeigen
password-shown = Das Passwort wird angezeigt.
password-hide = Verbergen
password-hidden = Das Passwort ist verborgen.
password-stay = Auf diesem Computer angemeldet bleiben
password-stay-hint = Nicht auf einem Computer, den auch andere nutzen.
password-submit = Anmelden
password-forgotten = Passwort vergessen?
password-missing = Das Passwort fehlt noch. Geben Sie es unten ein und wählen Sie dann Anmelden.
password-wrong = Dieser Benutzername und dieses Passwort passen nicht zusammen. Prüfen Sie beides und geben Sie das Passwort noch einmal ein.
password-busy = Gerade melden sich viele Menschen an. Warten Sie einen Moment und geben Sie Ihr Passwort dann noch einmal ein.
password-throttled = Zum Schutz des Kontos ist die Anmeldung kurz unterbrochen. Warten Sie einige Minuten und versuchen Sie es dann noch einmal.
password-throttled-soon = Zum Schutz des Kontos ist die Anmeldung für einen Moment unterbrochen. Warten Sie eine Minute und versuchen Sie es dann noch einmal.

## A forgotten password

forgotten-title = Passwort vergessen?
forgotten-lead = Geben Sie Ihren Benutzernamen ein. Wir senden eine E-Mail an die Adresse, die dazu gehört.
forgotten-submit = E-Mail senden
forgotten-have = Ich habe schon einen Code
forgotten-name-missing = Der Benutzername fehlt noch. Geben Sie ihn unten ein und wählen Sie dann, wie es weitergeht.
forgotten-call = Rufen Sie { $phone } an. Wir verhelfen Ihnen zu einem neuen Passwort.
forgotten-contact = Wenden Sie sich an die Person, die Ihnen den Zugang gegeben hat. Sie kann Ihnen zu einem neuen Passwort verhelfen.
forgotten-back = Zurück zur Anmeldung
mail-code-title = Sehen Sie in Ihr Postfach
mail-code-lead = Wenn es diesen Benutzernamen gibt, ist eine E-Mail unterwegs. Öffnen Sie sie und drücken Sie darin auf die Schaltfläche, oder geben Sie hier den Code aus der E-Mail ein.
mail-code-label = Code aus der E-Mail
mail-code-hint = Zehn Buchstaben und Ziffern, in zwei Gruppen zu fünf.
mail-code-submit = Code prüfen
mail-code-missing = Der Code fehlt noch. Geben Sie den Code aus der E-Mail ein.
mail-code-shape = Der Code hat zehn Buchstaben und Ziffern. Sehen Sie noch einmal in die E-Mail und geben Sie ihn ganz ein.
mail-code-wrong = Dieser Code gilt nicht oder nicht mehr. Geben Sie den Code aus der neuesten E-Mail ein, oder fordern Sie eine weitere E-Mail an.
mail-code-busy = Gerade melden sich viele Menschen an. Warten Sie einen Moment und prüfen Sie den Code dann noch einmal.
mail-code-none-title = Keine E-Mail?
mail-code-none-text = Es kann einige Minuten dauern. Sehen Sie auch im Ordner für unerwünschte E-Mails nach und prüfen Sie den Benutzernamen oben. Wir senden höchstens drei E-Mails in der Stunde.
mail-code-none-call = Sie können auch anrufen: { $phone }.
mail-code-none-contact = Sie können sich auch an die Person wenden, die Ihnen den Zugang gegeben hat.
mail-code-again = Weitere E-Mail anfordern
reset-title = Wählen Sie ein neues Passwort
reset-lead = Drücken Sie auf die Schaltfläche, um weiterzumachen. Wenn Sie sich sonst mit dem Telefon oder einer Zahl anmelden, fragen wir zuerst danach.
reset-submit = Weiter
reset-over-title = Dieser Link gilt nicht mehr
reset-over-lead = Er gilt einmal, eine halbe Stunde lang, und nur in der neuesten E-Mail. Sie können eine weitere E-Mail anfordern.

## Signing in: the number from the app

code-title = Die Zahl aus Ihrer App
code-lead = Öffnen Sie die App auf Ihrem Telefon und geben Sie die sechsstellige Zahl ein, die dort für dieses Portal steht.
code-label = Sechsstellige Zahl
code-submit = Anmelden
code-missing = Die Zahl fehlt noch. Öffnen Sie die App auf Ihrem Telefon und geben Sie die sechs Ziffern ein, die dort stehen.
code-shape = Die Zahl hat genau sechs Ziffern. Sehen Sie noch einmal in die App und geben Sie alle sechs ein.
code-wrong = Das ist nicht die Zahl, die die App jetzt zeigt. Prüfen Sie, ob Sie die Zahl dieses Portals sehen, warten Sie auf die nächste und geben Sie diese ein.
code-clock-ahead = Die Uhr Ihres Telefons geht vor (etwa { $minutes } Min.). Stellen Sie in den Einstellungen des Telefons Datum und Uhrzeit auf automatisch, warten Sie auf eine neue Zahl und geben Sie diese ein.
code-clock-behind = Die Uhr Ihres Telefons geht nach (etwa { $minutes } Min.). Stellen Sie in den Einstellungen des Telefons Datum und Uhrzeit auf automatisch, warten Sie auf eine neue Zahl und geben Sie diese ein.
code-used = Diese Zahl wurde schon verwendet. Warten Sie, bis die App die nächste zeigt (höchstens 30 Sekunden), und geben Sie diese ein.
code-older = Diese Zahl gehört zu einem älteren Eintrag in der App. Verwenden Sie den neuesten Eintrag für dieses Portal und löschen Sie den älteren in der App.
code-throttled = Zum Schutz des Kontos ist die Anmeldung kurz unterbrochen. Warten Sie einige Minuten und geben Sie dann eine neue Zahl ein.
code-throttled-soon = Zum Schutz des Kontos ist die Anmeldung für einen Moment unterbrochen. Warten Sie eine Minute und geben Sie dann eine neue Zahl ein.
code-locked = Es wurden zu viele falsche Zahlen eingegeben. Zum Schutz des Kontos nehmen wir keine mehr an. Bitten Sie um Hilfe: siehe „Hilfe“ auf dieser Seite.
code-busy = Gerade melden sich viele Menschen an. Warten Sie einen Moment und geben Sie dann eine neue Zahl ein.

## Signing in: another way to prove who one is

other-ways = Ein anderer Weg
other-way-approval = Auf meinem Telefon bestätigen
other-way-code = Die Zahl aus meiner App eingeben
other-way-passkey = Fingerabdruck, Gesicht oder PIN meines Geräts verwenden
other-way-recovery = Einen meiner Ersatzcodes verwenden
other-way-help = Telefon verloren, oder nichts davon geht?

## Signing in: a code on paper

recovery-title = Einer Ihrer Ersatzcodes
recovery-lead = Nehmen Sie die Liste, die Sie ausgedruckt oder gespeichert haben. Geben Sie einen Code ein, den Sie noch nicht verwendet haben.
recovery-label = Code von Ihrer Liste
recovery-submit = Anmelden
recovery-missing = Der Code fehlt noch. Geben Sie einen Code von Ihrer Liste ein.
recovery-shape = Ein Code der Liste hat fünfzehn Buchstaben und Ziffern, in Gruppen zu fünf. Sehen Sie noch einmal auf die Liste und geben Sie ihn ganz ein.
recovery-wrong = Dieser Code gilt nicht. Jeder Code gilt nur einmal, und eine neue Liste ersetzt die alte. Nehmen Sie den nächsten Code Ihrer letzten Liste.

## Signing in: a yes on the phone

approve-title = Bestätigen Sie auf Ihrem Telefon
approve-lead = Ihr Telefon fragt, ob Sie es sind. Geben Sie dort diese Zahl ein.
approve-number = Zahl für Ihr Telefon:
approve-waiting = Wir warten auf Ihr Telefon. Danach geht diese Seite von selbst weiter.
approve-answered = Ihr Telefon hat geantwortet.
approve-submit = Ich habe bestätigt
approve-silent = Ihr Telefon klingelt nicht?
approve-silent-text = Öffnen Sie diese Seite auf Ihrem Telefon. Sie stellt Ihnen dort die Frage, ob es klingelt oder nicht.
approve-open-here = Melden Sie sich auf diesem Telefon an? Merken Sie sich die Zahl und öffnen Sie die Seite hier
approve-approved = Ihr Telefon hat bestätigt.
approve-go-on = Weiter
approve-ask-lead = Nehmen Sie Ihr Telefon zur Hand. Es fragt, ob Sie es sind, und Sie geben dort eine Zahl ein.
approve-ask = Mein Telefon fragen
approve-again = Noch einmal fragen
approve-other-phone = Ein anderes Telefon verbinden
approve-not-yet = Ihr Telefon hat noch nicht bestätigt. Öffnen Sie die Seite auf Ihrem Telefon, geben Sie die Zahl ein und wählen Sie „Ja, das bin ich“.
approve-wrong = Auf dem Telefon wurde eine andere Zahl eingegeben. Zum Schutz Ihres Kontos kann jede Zahl nur einmal versucht werden. Drücken Sie auf den Knopf, um eine neue zu erhalten.
approve-expired = Innerhalb von zwei Minuten hat niemand geantwortet. Nehmen Sie Ihr Telefon zur Hand und fragen Sie noch einmal.
approve-replaced = Ihr Telefon wurde inzwischen wegen einer anderen Anmeldung gefragt. Drücken Sie auf den Knopf, um noch einmal zu fragen.
approve-held = Ihr Telefon wird gerade wegen einer anderen Anmeldung gefragt. Warten Sie zwei Minuten und fragen Sie dann noch einmal, oder wählen Sie einen anderen Weg.
approve-slowed = Ihr Telefon wurde mehrmals gefragt, und niemand hat bestätigt. Zum Schutz Ihres Kontos lassen wir es eine Weile in Ruhe. Warten Sie einige Minuten, oder wählen Sie einen anderen Weg.
approve-stopped-title = Diese Anmeldung wurde auf dem Telefon gestoppt
approve-stopped-lead = Dort wurde „Nein, das bin ich nicht“ gewählt. Deshalb haben wir diese Anmeldung gestoppt.
approve-stopped-next = Waren Sie es doch? Dann melden Sie sich noch einmal an. Zum Schutz Ihres Kontos wählen Sie diesmal ein neues Passwort.
approve-stopped-again = Noch einmal anmelden
approve-knock = Melden Sie sich gerade an? Öffnen Sie dies, um zu antworten.

## Signing in: without the phone

lost-phone-title = Ohne Ihr Telefon
lost-phone-lead = Es gibt einen anderen Weg. Verwenden Sie etwas, das Sie noch haben, oder rufen Sie uns an.
lost-phone-ways = Was Ihr Konto hat
lost-phone-call-title = Sie haben nichts davon?
lost-phone-call = Rufen Sie { $phone } an und nennen Sie den Hilfecode.
lost-phone-contact = Wenden Sie sich an die Person, die Ihnen den Zugang gegeben hat, und nennen Sie den Hilfecode.
lost-phone-pass = Sie erhalten dann einen Passiercode. Geben Sie ihn hier ein und richten Sie Ihr neues Telefon oder Gerät ein.
lost-phone-label = Passiercode, den Sie erhalten haben
lost-phone-submit = Passiercode verwenden
lost-phone-missing = Der Passiercode fehlt noch. Geben Sie den ein, den Sie erhalten haben.
lost-phone-shape = Ein Passiercode hat zehn Buchstaben und Ziffern, in zwei Gruppen zu fünf. Prüfen Sie, was Sie notiert haben, und geben Sie ihn ganz ein.
lost-phone-wrong = Dieser Passiercode gilt nicht oder nicht mehr. Er gilt einmal und nur für begrenzte Zeit. Prüfen Sie, was Sie notiert haben, oder bitten Sie um einen neuen.

## A passkey: fingerprint, face or PIN of a device

passkey-title = Bestätigen Sie mit Ihrem Gerät
passkey-lead = Ihr Gerät fragt nach Ihrem Fingerabdruck, Ihrem Gesicht oder seiner PIN.
passkey-submit = Bestätigen
passkey-make-title = Melden Sie sich mit diesem Gerät an
passkey-make-lead = Ihr Gerät fragt jetzt nach Ihrem Fingerabdruck, Ihrem Gesicht oder seiner PIN. Nichts davon wird an uns gesendet.
passkey-name = Name dieses Geräts
passkey-name-hint = Damit Sie es später erkennen, zum Beispiel „Computer im Büro“. Freiwillig.
passkey-make-submit = Dieses Gerät verwenden
passkey-cancelled = Ihr Gerät hat nichts bestätigt. Versuchen Sie es noch einmal, oder wählen Sie einen anderen Weg.
passkey-exists = Dieses Gerät ist für Ihr Konto schon eingerichtet. Wählen Sie ein anderes Gerät oder einen anderen Weg.
passkey-unsupported = Dieser Browser kann das nicht. Wählen Sie einen anderen Weg.
passkey-again = Das hat zu lange gedauert. Drücken Sie noch einmal auf die Schaltfläche.
passkey-wrong = Dieses Gerät hat Sie nicht erkannt. Versuchen Sie es noch einmal, oder wählen Sie einen anderen Weg.
passkey-cloned = Zum Schutz Ihres Kontos nehmen wir dieses Gerät nicht mehr an: Es scheint eine Kopie davon zu geben. Melden Sie sich auf einem anderen Weg an.
set-up-another-way = Einen anderen Weg wählen

## First connection: securing the account

secure-title = Wir schützen Ihr Konto
secure-lead = Ein Passwort kann gestohlen werden. Ohne Ihr Telefon kommt trotzdem niemand hinein.
secure-app-title = Eine App auf Ihrem Telefon
secure-app-text = Sie zeigt eine Zahl, die Sie nach dem Passwort eingeben.
secure-choose = Wie möchten Sie das tun?
secure-recommended = Empfohlen
secure-approval-title = Ein „Ja“ auf Ihrem Telefon
secure-approval-text = Nichts zu installieren. Ihr Telefon fragt Sie, und Sie geben dort eine Zahl ein.
secure-passkey-title = Fingerabdruck, Gesicht oder PIN dieses Geräts
secure-passkey-text = Das Gerät beweist, dass Sie es sind, wie beim Entsperren.
secure-need = Was Sie brauchen
secure-need-phone = Ihr Smartphone oder Tablet
secure-need-time = etwa drei Minuten
secure-submit = Beginnen
secure-no-phone = Kein Smartphone? Wenden Sie sich an die Person, die Ihnen den Zugang gegeben hat.
secure-no-phone-call = Kein Smartphone? Rufen Sie { $phone } an, wir finden mit Ihnen einen anderen Weg.

## First connection: getting the app

get-app-title = Holen Sie die App auf Ihr Telefon
get-app-lead = Wir empfehlen Microsoft Authenticator. Die App ist kostenlos.
get-app-tap = Tippen Sie auf Ihre Art von Telefon, installieren Sie die App und kommen Sie dann auf diese Seite zurück.
get-app-scan = Öffnen Sie die Kamera Ihres Telefons und richten Sie sie auf das Bild für Ihr Telefon.
get-app-iphone = iPhone oder iPad
get-app-android = Android-Telefon
get-app-picture = Bild zum Scannen: öffnet { $store }
get-app-search = Oder suchen Sie im App-Store Ihres Telefons nach „Microsoft Authenticator“.
get-app-any-title = Ich habe schon eine andere App
get-app-any = Jede App dieser Art ist geeignet, zum Beispiel Google Authenticator, Authy, 2FAS, Aegis oder Passwörter von Apple.
get-app-submit = Ich habe die App

## First connection: setting up the app

set-up-app-title = Bereiten Sie die App vor
set-up-app-lead = Nehmen Sie Ihr Telefon. Es sind drei Schritte.
set-up-app-lead-phone = Es sind drei Schritte, alle auf diesem Telefon.
set-up-app-open = Öffnen Sie die App.
set-up-app-open-hint = Akzeptieren Sie beim ersten Mal die Bedingungen. In der App müssen Sie sich nicht anmelden.
set-up-app-add = Tippen Sie auf +.
set-up-app-add-hint = Das Zeichen steht oben oder unten auf dem Bildschirm.
set-up-app-other = Wählen Sie „Anderes Konto“.
set-up-app-other-hint = Andere Apps sagen „QR-Code scannen“. Erlauben Sie der App die Kamera.
set-up-app-back = Kommen Sie auf diese Seite zurück.
set-up-app-back-hint = Sie finden sie in Ihrem Browser, wo Sie sie verlassen haben.
set-up-app-tap = Tippen Sie auf der nächsten Seite auf einen Knopf.
set-up-app-tap-hint = Er öffnet die App und fügt Ihr Konto hinzu. Nichts zu scannen, nichts einzugeben.
set-up-app-submit = Fertig, weiter

## First connection: the account goes into the app

scan-title = Scannen Sie dieses Bild mit der App
scan-lead = Richten Sie die Kamera Ihres Telefons auf das Bild. Die App fügt Ihr Konto von selbst hinzu.
scan-title-phone = Fügen Sie Ihr Konto zur App hinzu
scan-lead-phone = Tippen Sie auf den Knopf. Die App öffnet sich: Bestätigen Sie dort und kommen Sie dann auf diese Seite zurück.
scan-open = App öffnen
scan-picture = Bild zum Scannen (QR-Code). Wenn Sie es nicht sehen, öffnen Sie „Ich kann nicht scannen“ darunter.
scan-picture-phone = Bild zum Scannen (QR-Code)
scan-cannot = Ich kann nicht scannen
scan-nothing-opens = Der Knopf öffnet nichts
scan-other-phone = Die App ist auf einem anderen Telefon
scan-by-hand = Wählen Sie in der App, den Code von Hand einzugeben. Geben Sie dann dies ein:
scan-account = Kontoname
scan-key = Geheimer Schlüssel (behalten Sie ihn für sich)
scan-copy = Kopieren
scan-copied = Kopiert
scan-kind = Leerzeichen spielen keine Rolle. Fragt die App nach der Art des Codes, wählen Sie „zeitbasiert“.
scan-submit = Es ist in der App, weiter

## First connection: the first number, and success

prove-title = Geben Sie die Zahl aus der App ein
prove-lead = Die App zeigt jetzt eine sechsstellige Zahl für dieses Portal. Sie wechselt alle 30 Sekunden.
prove-submit = Zahl prüfen
prove-scan-again = Keine Zahl in der App? Noch einmal scannen

## First connection: the phone is connected

pair-title = Verbinden Sie Ihr Telefon
pair-lead = Richten Sie die Kamera Ihres Telefons auf dieses Bild und öffnen Sie den Link. Drücken Sie dort auf „Dieses Telefon verbinden“.
pair-picture = QR-Code mit dem Link für Ihr Telefon
pair-lead-phone = Tippen Sie auf den Knopf. Eine zweite Seite öffnet sich: Verbinden Sie dort Ihr Telefon und kommen Sie dann auf diese Seite zurück.
pair-open = Dieses Telefon verbinden
pair-waiting = Wir warten auf Ihr Telefon. Danach geht diese Seite von selbst weiter.
pair-connected = Ihr Telefon ist verbunden.
pair-submit = Mein Telefon ist verbunden
pair-not-yet = Ihr Telefon ist noch nicht verbunden. Öffnen Sie den Link auf Ihrem Telefon und drücken Sie dort auf „Dieses Telefon verbinden“.
pair-type = Hilft die Kamera nicht, oder fragt Ihr Telefon nach einem Code?
pair-type-text = Öffnen Sie diese Adresse auf Ihrem Telefon und geben Sie dort den Code ein.
pair-address = Adresse
pair-code = Code
pair-once = Der Code gilt einmal und zehn Minuten lang.
pair-other-phone = Ein anderes Telefon verbinden
pair-no-code = Der Code für Ihr Telefon gilt zehn Minuten lang. Drücken Sie auf den Knopf, um einen zu erhalten.
pair-new-code = Code anzeigen
pair-joined-title = Ihr Telefon ist verbunden
pair-joined-name = Sein Name:
pair-joined-next = Probieren wir es gleich: Ihr Telefon stellt Ihnen die Frage, und Sie geben dort eine Zahl ein.
pair-joined-submit = Ausprobieren
pair-joined-other = Doch ein anderes Telefon verbinden
approved-title = Benachrichtigung bestätigt
approved-lead = Ihr Telefon hat bestätigt, dass Sie es sind. Ab jetzt tut es das bei jeder Anmeldung.
approved-submit = Weiter

## First connection: the codes on paper

recovery-codes-title = Ihre Ersatzcodes
recovery-codes-lead = Ist Ihr Telefon verloren oder kaputt, lässt Sie einer dieser Codes hinein. Bewahren Sie sie getrennt vom Telefon auf. Wir zeigen sie nur einmal.
recovery-codes-use = Jeder Code gilt einmal, nach Ihrem Passwort, in beliebiger Reihenfolge.
recovery-codes-name = Benutzername:
recovery-codes-print = Drucken
recovery-codes-download = Als Datei speichern
recovery-codes-copy = Kopieren
recovery-codes-copied = Kopiert
recovery-codes-submit = Ich habe sie aufbewahrt
success-title = Ihr Konto ist geschützt
success-lead = Ab jetzt geben Sie nach dem Passwort auch die Zahl aus Ihrer App ein.
success-keep = Lassen Sie die App auf Ihrem Telefon: Sie brauchen sie bei jeder Anmeldung.
success-lead-approval = Ab jetzt fragt Ihr Telefon nach dem Passwort, ob Sie es sind.
success-keep-approval = Haben Sie dieses Telefon bei sich, wenn Sie sich anmelden.
success-lead-passkey = Ab jetzt beweist Ihr Gerät, dass Sie es sind.
success-keep-passkey = Auf einem anderen Gerät verwenden Sie einen Ihrer Ersatzcodes.
success-next-password = Mein Passwort wählen
success-next-portal = Zum Portal

## First connection: a password of one's own

new-password-title = Wählen Sie Ihr eigenes Passwort
new-password-lead = Es ersetzt das vorläufige Passwort. Gut geeignet sind einige Wörter, die nur Sie so zusammenstellen würden.
new-password-lead-forgotten = Es ersetzt das Passwort, das Sie vergessen haben. Gut geeignet sind einige Wörter, die nur Sie so zusammenstellen würden.
new-password-current-label = Vorläufiges Passwort
new-password-current-hint = Das, das Sie erhalten und gerade verwendet haben.
new-password-new-label = Neues Passwort
new-password-again-label = Neues Passwort, noch einmal
new-password-rules = Ihr neues Passwort
new-password-same = Beide Passwörter sind gleich.
new-password-different = Die beiden Passwörter sind noch nicht gleich.
new-password-submit = Speichern und weiter
new-password-current-missing = Das vorläufige Passwort fehlt noch. Geben Sie das ein, das Sie erhalten haben.
new-password-current-wrong = Das ist nicht das vorläufige Passwort. Sehen Sie in der Nachricht nach, die Sie erhalten haben, und geben Sie es noch einmal ein; Groß- und Kleinschreibung zählt.
new-password-missing = Das neue Passwort fehlt noch. Wählen Sie eines und geben Sie es unten ein.
new-password-too-long = Dieses neue Passwort ist zu lang. Wählen Sie eines mit höchstens 128 Zeichen.
new-password-again-different = Die beiden neuen Passwörter sind nicht gleich. Geben Sie das neue Passwort im letzten Feld noch einmal ein.
new-password-throttled = Zum Schutz des Kontos lässt sich das Passwort kurz nicht ändern. Warten Sie einige Minuten und versuchen Sie es dann noch einmal.
new-password-throttled-soon = Zum Schutz des Kontos lässt sich das Passwort für einen Moment nicht ändern. Warten Sie eine Minute und versuchen Sie es dann noch einmal.
new-password-busy = Gerade melden sich viele Menschen an, und es wurde nichts geändert. Warten Sie einen Moment und speichern Sie dann noch einmal.
strength-title = Stärke:
strength-0 = sehr schwach
strength-1 = schwach
strength-2 = mittel
strength-3 = gut
strength-4 = sehr gut
rule-kept = Erfüllt
rule-open = Noch nicht
rule-all-kept = Alles ist erfüllt.
rule-length = hat mindestens { $number } Zeichen
rule-kinds = enthält { $number } von diesen vier: Großbuchstaben, Kleinbuchstaben, Ziffern, Symbole
rule-not-name = enthält nicht Ihren Benutzernamen
rule-not-words = enthält nicht den Namen des Portals
rule-not-known = ist kein Passwort, das Diebe kennen
rule-not-used-before = ist keines Ihrer letzten { $number } Passwörter
rule-printable = hat nur sichtbare Zeichen und Leerzeichen
rule-length-broken = Dieses neue Passwort ist zu kurz. Machen Sie es länger: Einige Wörter hintereinander merkt man sich leicht.
rule-kinds-broken = Dieses neue Passwort hat zu wenige Arten von Zeichen. Ergänzen Sie zum Beispiel einen Großbuchstaben, eine Ziffer oder ein Symbol.
rule-not-name-broken = Dieses neue Passwort enthält Ihren Benutzernamen oder einen Teil davon. Wählen Sie eines ohne ihn.
rule-not-words-broken = Dieses neue Passwort enthält den Namen des Portals oder ein Wort daraus. Wählen Sie eines ohne dieses Wort.
rule-not-known-broken = Diebe kennen dieses Passwort und probieren es zuerst. Wählen Sie ein anderes, auf das nur Sie kommen.
rule-not-used-before-broken = Dieses Passwort hatten Sie schon. Wählen Sie eines, das Sie noch nicht verwendet haben.
rule-printable-broken = Dieses neue Passwort enthält ein unsichtbares Zeichen. Geben Sie es von Hand ein, ohne es zu kopieren.

## First connection: the end, and a set-up that was overtaken

done-title = Alles ist bereit
done-lead = Ihr Konto ist geschützt und Ihr eigenes Passwort ist gespeichert. Das vorläufige gilt nicht mehr.
done-next-time = Ab jetzt melden Sie sich an mit
done-need-name = Ihrem Benutzernamen
done-need-password = Ihrem eigenen Passwort
done-need-number = der Zahl aus der App
done-portal = Zum Portal
done-sign-in = Mit dem neuen Passwort anmelden
done-keep = So finden Sie wieder hierher:
done-keep-link = behalten Sie die Startseite
set-up-elsewhere-title = Ihr Konto wurde an anderer Stelle geschützt
set-up-elsewhere-lead = Das geschah, während Sie hier waren. Von dieser Seite aus wurde nichts geändert.
set-up-elsewhere-you = Waren Sie das?
set-up-elsewhere-you-text = Zum Beispiel in einem anderen Fenster oder auf einem anderen Gerät. Dann machen Sie weiter, indem Sie sich anmelden.
set-up-elsewhere-sign-in = Anmelden
set-up-elsewhere-not-you = Waren Sie es nicht?
set-up-elsewhere-not-you-text = Sagen Sie es sofort der Person, die Ihnen den Zugang gegeben hat: Vielleicht kennt jemand anderes Ihr Passwort.
set-up-elsewhere-not-you-text-call = Rufen Sie sofort { $phone } an: Vielleicht kennt jemand anderes Ihr Passwort.

## Asking once more who it is

confirm-title = Sind Sie es noch?
confirm-lead = Zeigen Sie uns zu Ihrer Sicherheit noch einmal, dass Sie es sind. Danach können Sie weitermachen.
confirm-submit = Ja, weiter
confirm-back = Zurück
confirm-lead-code = Geben Sie zu Ihrer Sicherheit die sechsstellige Zahl ein, die Ihre App jetzt zeigt. Danach können Sie weitermachen.
confirm-lead-recovery = Geben Sie zu Ihrer Sicherheit einen Code von Ihrer Liste ein, den Sie noch nicht verwendet haben. Danach können Sie weitermachen.
confirm-lead-password = Geben Sie zu Ihrer Sicherheit Ihr Passwort noch einmal ein. Danach können Sie weitermachen.
confirm-go = Bestätigen
password-confirm-missing = Das Passwort fehlt noch. Geben Sie es unten ein und wählen Sie dann Bestätigen.
password-confirm-wrong = Das ist nicht Ihr Passwort. Prüfen Sie es und geben Sie es noch einmal ein; Groß- und Kleinschreibung zählt.

## One's own account

account-title = Ihr Konto
account-done-renamed = Der neue Name ist gespeichert.
account-done-first = Gespeichert. Von jetzt an fragen wir danach zuerst.
account-done-removed = Es ist entfernt und kann nicht mehr verwendet werden.
account-done-ended = Das Gerät ist abgemeldet.
account-done-others = Alle anderen Geräte sind abgemeldet.
account-done-language = Ihre Sprache ist gespeichert.
account-done-password = Ihr neues Passwort ist gespeichert. Alle anderen Geräte sind abgemeldet.
account-problem-last = Nur so können Sie bestätigen, dass Sie es sind; deshalb bleibt es. Fügen Sie zuerst einen anderen Weg hinzu und entfernen Sie dann diesen.
account-problem-many = Sie haben davon schon so viele wie möglich. Entfernen Sie zuerst eines und fügen Sie dann das neue hinzu.
account-problem-name = Dieser Name kann nicht gespeichert werden. Geben Sie einen Namen mit 1 bis 40 Zeichen ein.
account-problem-gone = Es ist nicht mehr da: Es wurde wohl in einem anderen Fenster entfernt. Jetzt wurde nichts geändert.
account-factors-title = So bestätigen Sie, dass Sie es sind
account-factors-none = Zurzeit schützt nur Ihr Passwort Ihr Konto. Fügen Sie einen zweiten Weg hinzu, damit ein gestohlenes Passwort nicht reicht.
account-kind-code = App, die eine Zahl zeigt
account-kind-approval = Telefon, das Sie fragt
account-kind-passkey = Fingerabdruck, Gesicht oder PIN eines Geräts
account-factor-first = Zuerst gefragt
account-factor-stopped = Wir nehmen es nicht mehr an: Es wurde anscheinend kopiert. Entfernen Sie es und fügen Sie es neu hinzu.
account-factor-again = Dieses Telefon kann vorerst keine Anmeldungen bestätigen: Jedes Ja braucht Fingerabdruck, Gesicht oder PIN. Fügen Sie es neu hinzu und entfernen Sie dann diesen Eintrag.
account-factor-added = Hinzugefügt am { $day }
account-factor-used = Zuletzt verwendet am { $day }
account-factor-change = Ändern
account-factor-name = Name
account-factor-rename = Namen speichern
account-factor-ask-first = Zuerst danach fragen
account-factor-remove = Entfernen
account-factor-remove-lead = Danach können Sie sich damit nicht mehr anmelden. Wenn Sie es wieder brauchen, richten Sie es neu ein.
account-factor-remove-submit = Jetzt entfernen
account-factor-only = Nur so können Sie bestätigen, dass Sie es sind; deshalb bleibt es. Fügen Sie zuerst einen anderen Weg hinzu, dann können Sie diesen entfernen.
account-add = Einen anderen Weg hinzufügen
account-codes-left = Übrige Ersatzcodes:
account-codes-few = Es sind nur noch wenige übrig. Machen Sie bald eine neue Liste, damit Sie immer hineinkommen.
account-codes-none = Es ist kein Ersatzcode mehr übrig. Machen Sie jetzt eine neue Liste, damit Sie ohne Ihr Telefon hineinkommen.
account-codes-new = Eine neue Liste machen
account-codes-new-lead = Sie erhalten zehn neue Codes. Die Codes Ihrer alten Liste gelten sofort nicht mehr.
account-codes-new-submit = Die Liste jetzt machen
account-password-lead = Kennt es vielleicht jemand anders? Dann wählen Sie ein anderes.
account-password-open = Ein anderes Passwort wählen
account-sessions-title = Wo Sie angemeldet sind
account-sessions-lead = Ist ein Gerät dabei, das Sie nicht kennen? Melden Sie es ab und wählen Sie dann ein anderes Passwort.
account-session-unknown = Unbekanntes Gerät
account-session-this = Dieses Gerät
account-session-address = Von der Adresse { $address }
account-used-now = Gerade eben verwendet
account-used-minutes = Vor { $number } Min. verwendet
account-used-hours = Vor { $number } Std. verwendet
account-used-day = Benutzt am { $day }
account-session-end = Abmelden
account-sessions-end-others = Alle anderen Geräte abmelden
account-language-title = Ihre Sprache
account-language-label = Für unsere Seiten und für E-Mails an Sie
account-language-save = Sprache speichern
own-password-lead = Wenn Sie es speichern, werden alle Ihre anderen Geräte abgemeldet.
own-password-current-label = Bisheriges Passwort
own-password-submit = Das neue Passwort speichern
own-password-back = Mein Passwort behalten und zurück
own-password-missing = Ihr bisheriges Passwort fehlt noch. Geben Sie es im ersten Feld ein.
own-password-wrong = Das ist nicht Ihr bisheriges Passwort. Prüfen Sie es und geben Sie es noch einmal ein; Groß- und Kleinschreibung zählt.

## Signing out

sign-out-title = Möchten Sie sich abmelden?
sign-out-lead = Sie sind als { $name } angemeldet. Speichern Sie zuerst Ihre Arbeit im Portal.
sign-out-submit = Abmelden
sign-out-everywhere = Auf allen meinen Geräten abmelden
sign-out-stay = Angemeldet bleiben
signed-out-title = Sie sind abgemeldet
signed-out-lead = Nutzen andere Personen diesen Computer? Dann schließen Sie auch die Fenster des Browsers.
signed-out-again = Wieder anmelden

onward-title = Sie sind angemeldet
onward-lead = Wir bringen Sie auf die gewünschte Seite. Falls nichts geschieht, drücken Sie die Schaltfläche.
onward-go = Weiter

kept-title = Was Sie gesendet haben, ist aufbewahrt
kept-sign-in-lead = Melden Sie sich wieder an, dann können Sie es senden. Es wird 15 Minuten aufbewahrt und ist noch nicht gesendet.
kept-sign-in-go = Wieder anmelden
kept-prove-lead = Zeigen Sie uns zu Ihrer Sicherheit noch einmal, dass Sie es sind, dann können Sie es senden. Es wird 15 Minuten aufbewahrt und ist noch nicht gesendet.
kept-prove-go = Zeigen, dass Sie es sind
kept-send-lead = Sie sind angemeldet. Was Sie ausgefüllt haben, ist noch nicht gesendet; jetzt können Sie es senden.
kept-send-go = Jetzt senden
kept-send-not = Zurück, ohne zu senden
kept-from-title = Ein Formular von einer anderen Website
kept-from-site = Es wurde auf { $site } ausgefüllt, und Ihr Browser hat es hierher gebracht. Es ist noch nicht weitergegeben.
kept-from-nameless = Es wurde auf einer anderen Website ausgefüllt, die ihren Namen nicht nennt, und Ihr Browser hat es hierher gebracht. Es ist noch nicht weitergegeben.
kept-from-care = Senden Sie es nur, wenn Sie gerade dort waren und hierher zurückkommen wollten. Gehen Sie sonst zurück, ohne zu senden.
kept-from-sign-in = Melden Sie sich zuerst an, dann können Sie entscheiden. Es wird eine Minute aufbewahrt.
kept-from-prove = Zeigen Sie uns zu Ihrer Sicherheit noch einmal, dass Sie es sind, dann können Sie entscheiden. Es wird eine Minute aufbewahrt.
kept-away-title = Das Senden gelingt gerade nicht
kept-away-lead = Das Portal antwortet nicht. Was Sie ausgefüllt haben, ist noch aufbewahrt: Warten Sie einen Moment und senden Sie es dann noch einmal.
kept-other-lead = Das Formular wurde unter einem anderen Namen ausgefüllt, und nur diese Person kann es senden. Melden Sie sich ab und dann mit diesem Namen an.
kept-other-go = Abmelden
kept-gone-title = Was Sie gesendet haben, ist nicht mehr aufbewahrt
kept-gone-lead = Es wurde 15 Minuten aufbewahrt, oder es ist schon gesendet. Bitte füllen Sie das Formular noch einmal aus.
kept-gone-go = Zur Startseite

## What could not be done

refused-status = Code:
refused-request = Nummer, die Sie angeben, wenn Sie um Hilfe bitten:
refused-denied-heading = Diese Seite ist für Sie nicht freigegeben
refused-denied-text = Sie sind angemeldet, aber Ihr Konto darf diese Seite nicht sehen. Wenn Sie sie brauchen, bitten Sie um Hilfe und nennen Sie die gewünschte Seite.
refused-not-found-heading = Hier gibt es keine Seite
refused-not-found-text = Vielleicht hat sich die Adresse geändert, oder ein Buchstabe fehlt. Prüfen Sie die Adresse oder gehen Sie zur Startseite.
refused-wrong-host-heading = Diese Adresse gehört nicht hierher
refused-wrong-host-text = Wir kennen die Adresse nicht, die Ihr Browser angefragt hat. Öffnen Sie das Portal über Ihr Lesezeichen oder über die E-Mail zu Ihrem Zugang.
refused-away-heading = Das Portal antwortet gerade nicht
refused-away-text = Sie müssen nichts ändern. Warten Sie einige Minuten und laden Sie diese Seite dann neu.
refused-busy-heading = Im Moment ist sehr viel los
refused-busy-text = Wir können die Seite nicht sofort öffnen. Warten Sie einen Moment und laden Sie sie dann neu.
refused-too-large-heading = Das ist mehr, als wir annehmen können
refused-too-large-text = Die Sendung ist zu groß, und nichts wurde gespeichert. Gehen Sie zurück und senden Sie eine kleinere Datei oder einen kürzeren Text.
refused-bad-request-heading = Wir konnten nicht verstehen, was gesendet wurde
refused-bad-request-text = Es wurde nichts geändert. Gehen Sie zur Startseite und versuchen Sie es noch einmal. Wenn es wieder vorkommt, bitten Sie um Hilfe.
refused-method-heading = Diese Seite lässt sich so nicht verwenden
refused-method-text = Es wurde nichts geändert. Gehen Sie zur Startseite und öffnen Sie die Seite von dort aus neu.
refused-forgery-heading = Zu Ihrer Sicherheit haben wir hier angehalten
refused-forgery-text = Das Formular kam nicht von unserer eigenen Seite, und es wurde nichts geändert. Öffnen Sie die Anmeldeseite neu und beginnen Sie von dort.
refused-fault-heading = Bei uns ist ein Fehler aufgetreten
refused-fault-text = Sie haben nichts falsch gemacht. Versuchen Sie es in einigen Minuten noch einmal. Wenn es wieder vorkommt, bitten Sie um Hilfe und nennen Sie die Nummer unten.
refused-session-heading = Melden Sie sich wieder an, um fortzufahren
refused-session-text = Zu Ihrer Sicherheit fragen wir von Zeit zu Zeit, wer Sie sind. Gehen Sie zur Startseite und melden Sie sich an.
refused-handover-heading = Öffnen Sie die Seite noch einmal
refused-handover-text = Die Anmeldung ist nicht rechtzeitig auf dieser Seite angekommen, oder sie wurde in einem anderen Browser begonnen. Sie haben nichts falsch gemacht: Gehen Sie zur Startseite und versuchen Sie es noch einmal.
refused-cookies-heading = Ihr Browser behält Ihre Anmeldung nicht
refused-cookies-text = Damit Sie angemeldet bleiben, muss diese Website eine kleine Notiz in Ihrem Browser ablegen können (ein Cookie). Erlauben Sie Cookies für diese Website und öffnen Sie die Seite dann noch einmal. Auch ein anderer Browser kann helfen.
refused-form-too-large-heading = Das ist zu groß, um es aufzubewahren
refused-form-too-large-text = Sie waren eine Weile weg. Deshalb wurde es nicht gesendet, und es ist zu groß, um es aufzubewahren. Gehen Sie im Browser zurück und kopieren Sie Ihren Text, bevor Sie fortfahren. Melden Sie sich dann an und senden Sie es noch einmal.
refused-form-gone-heading = Dieses Formular wurde nicht gesendet
refused-form-gone-text = Es ist nicht mehr aufbewahrt: 15 Minuten sind vorbei, oder es ist schon gesendet. Sehen Sie nach, ob es angekommen ist, bevor Sie es noch einmal ausfüllen.
refused-form-unsure-heading = Wir wissen nicht, ob Ihr Formular angekommen ist
refused-form-unsure-text = Es wurde gesendet, aber es kam keine Antwort, und es ist nicht mehr aufbewahrt. Sehen Sie nach, ob es angekommen ist, bevor Sie es noch einmal ausfüllen.

## Inside an app’s frame

frame-title = Melden Sie sich wieder an, um fortzufahren
frame-text = Die Anmeldung ist nur im ganzen Fenster möglich.
frame-open = Das ganze Fenster öffnen

## The phone that confirms sign-ins

phone-title = Auf diesem Telefon bestätigen
phone-no-script = Diese Seite braucht JavaScript. Schalten Sie es in den Einstellungen Ihres Browsers ein und laden Sie die Seite neu. Oder wählen Sie am Computer einen anderen Weg.
phone-cannot-title = Dieser Browser kann die Verbindung nicht speichern
phone-cannot = Ist das ein privates Fenster? Dann öffnen Sie die Seite in einem gewöhnlichen. Wenn das nicht hilft, versuchen Sie es mit einem anderen Browser oder wählen Sie am Computer einen anderen Weg.
phone-install-title = Legen Sie diese Seite zuerst auf Ihren Home-Bildschirm
phone-install-lead = Ein iPhone oder iPad behält die Verbindung nur bei Seiten auf dem Home-Bildschirm, und nur diese können klingeln. Es wird nichts heruntergeladen.
phone-install-share = Tippen Sie auf das Teilen-Zeichen.
phone-install-share-hint = Ein Quadrat mit einem Pfeil, unten oder oben am Bildschirm. Sie sehen es nicht? Tippen Sie zuerst auf die drei Punkte.
phone-install-add = Wählen Sie „Zum Home-Bildschirm“.
phone-install-add-hint = Sie finden es weiter unten in der Liste. Tippen Sie dann auf Hinzufügen.
phone-install-open = Öffnen Sie sie auf dem Home-Bildschirm.
phone-install-open-hint = Sie heißt dort: { $portal }.
phone-install-type = Geben Sie dort den Code ein.
phone-install-type-hint = Er steht auf Ihrem Computer.
phone-install-code = Der Code für Schritt 4
phone-install-code-why = Ihr Telefon lässt nicht zu, dass diese Seite ihn weitergibt, darum müssen Sie ihn eingeben. Ihr Computer zeigt ihn auch an.
phone-connect-title = Dieses Telefon mit { $portal } verbinden?
phone-connect-lead = Dann fragt es Sie, wenn Sie sich anmelden. Ohne dieses Telefon kommt niemand anderes hinein.
phone-connect-code = Code, den Ihr Computer anzeigt
phone-connect-code-hint = Zwölf Buchstaben und Ziffern. Großschreibung und Leerzeichen spielen keine Rolle.
phone-connect-name = Name dieses Telefons
phone-connect-name-hint = Daran erkennen Sie es in Ihrem Konto.
phone-connect-android = Android-Telefon
phone-connect-device = Mein Gerät
phone-connect-submit = Dieses Telefon verbinden
phone-connect-not-now = Jetzt nicht
phone-ring-title = Soll dieses Telefon klingeln, wenn Sie sich anmelden?
phone-ring-lead = Sie sehen dann eine Mitteilung, tippen darauf und sind an der richtigen Stelle. Wir nutzen das für nichts anderes.
phone-ring-then = Das Telefon fragt, ob Sie einverstanden sind. Wählen Sie „Erlauben“ oder „Zulassen“.
phone-ring-submit = Ja, klingeln lassen
phone-ring-without = Ohne Klingeln verbinden
phone-key-called = Anmeldungen bestätigen: { $portal }
phone-key-title = Zeigen Sie jedes Mal, dass Sie es sind
phone-key-lead = Bevor dieses Telefon Ja sagt, fragt es nach Ihrem Fingerabdruck, Ihrem Gesicht oder seiner PIN. So kann niemand sonst damit eine Anmeldung bestätigen.
phone-key-then = Das richten wir jetzt ein: Ihr Telefon fragt einmal danach. Fingerabdruck und Gesicht bleiben auf dem Telefon; wir sehen sie nie.
phone-key-submit = Mit Finger, Gesicht oder PIN einrichten
phone-key-cannot = Dieses Telefon kann das nicht
phone-keyless-title = Dieses Telefon kann nicht zeigen, dass Sie es sind
phone-keyless-lead = Dafür braucht es eine Bildschirmsperre: Fingerabdruck, Gesicht oder PIN. Schalten Sie eine in den Einstellungen dieses Telefons ein und versuchen Sie es dann noch einmal.
phone-keyless-next = Wenn das nicht geht, kehren Sie zu Ihrem Computer zurück und wählen Sie dort einen anderen Weg, zum Beispiel eine App, die eine Zahl anzeigt.
phone-keyless-submit = Noch einmal versuchen
phone-again-title = Verbinden Sie dieses Telefon neu
phone-again-lead = Dieses Telefon kann vorerst keine Anmeldungen bestätigen: Jedes Ja braucht jetzt Ihren Fingerabdruck, Ihr Gesicht oder die PIN des Telefons, und das ist hier nicht eingerichtet.
phone-again-account = Benutzername:
phone-again-next = Melden Sie sich am Computer auf einem anderen Weg an, zum Beispiel mit einem Ersatzcode. Wählen Sie auf der Seite Ihres Kontos „Einen anderen Weg hinzufügen“ und verbinden Sie dieses Telefon mit dem Code, der dort steht.
phone-again-help = Haben Sie keinen anderen Weg? Rufen Sie Ihren Hilfsdienst an.
phone-again-submit = Code eingeben
phone-waiting-title = Dieses Telefon ist verbunden
phone-waiting-lead = Jetzt ist nichts zu tun. Wenn Sie sich anmelden, fragt Sie diese Seite.
phone-waiting-look = Jetzt nachsehen
phone-waiting-nothing = Wir haben gerade nachgesehen. Es wartet nichts auf Sie.
phone-waiting-offline = Wir erreichen das Portal nicht. Prüfen Sie, ob dieses Telefon mit dem Internet verbunden ist. Wir versuchen es weiter.
phone-waiting-ring = Klingeln
phone-waiting-ring-on = An: Dieses Telefon klingelt, wenn Sie sich anmelden.
phone-waiting-ring-off = Aus: Öffnen Sie diese Seite, wenn Sie sich anmelden, oder lassen Sie das Telefon klingeln.
phone-waiting-ring-blocked = Auf diesem Telefon nicht erlaubt: Öffnen Sie diese Seite, wenn Sie sich anmelden. Damit es klingelt, erlauben Sie in den Einstellungen des Telefons Mitteilungen dieser Seite.
phone-waiting-ring-never = Hier nicht möglich: Öffnen Sie diese Seite, wenn Sie sich anmelden. Alles andere funktioniert.
phone-waiting-ring-now = Telefon klingeln lassen
phone-waiting-accounts = Verbundene Konten
phone-waiting-add = Ein weiteres Konto verbinden
phone-request-title = Melden Sie sich gerade an?
phone-request-lead = Sehen Sie nach, ob alles stimmt. Wenn Sie es nicht waren, wählen Sie den zweiten Knopf.
phone-request-first = Probieren Sie es gleich aus: Geben Sie die Zahl ein, die Ihr Computer anzeigt. So geht es von jetzt an jedes Mal.
phone-request-portal = Portal
phone-request-account = Benutzername
phone-request-browser = Gerät
phone-request-place = Ort
phone-request-place-same = Dieselbe Internetverbindung wie dieses Telefon
phone-request-place-other = Eine andere Internetverbindung:
phone-request-place-normal = Das ist normal, wenn dieses Telefon nicht im WLAN ist.
phone-request-time = Zeit
phone-request-time-now = gerade eben
phone-request-time-one = vor einer Minute
phone-request-time-two = vor zwei Minuten
phone-request-number = Zahl, die Ihr Computer anzeigt
phone-request-number-hint = Sie melden sich auf diesem Telefon an? Dann steht die Zahl auf der Seite, von der Sie kommen.
phone-request-yes = Ja, das bin ich
phone-request-no = Nein, das bin ich nicht
phone-request-left-two = Sie haben dafür zwei Minuten.
phone-request-left-one = Sie haben noch etwa eine Minute. Danach kann Ihr Computer noch einmal fragen.
phone-request-left-half = Sie haben noch eine halbe Minute. Danach kann Ihr Computer noch einmal fragen.
phone-stop-title = Diese Anmeldung stoppen?
phone-stop-lead = Dann kennt vielleicht jemand anderes Ihr Passwort. Wir beenden alles, was mit dieser Anmeldung geöffnet wurde, und benachrichtigen Ihren Hilfsdienst.
phone-stop-submit = Ja, stoppen
phone-stop-back = Nein, zurück
phone-approved-title = Bestätigt
phone-approved-lead = Machen Sie am Computer weiter. Die Seite dort geht von selbst weiter.
phone-wrong-title = Ihr Computer zeigt eine andere Zahl
phone-wrong-lead = Zum Schutz Ihres Kontos kann jede Zahl nur einmal versucht werden.
phone-wrong-next = Drücken Sie am Computer auf „Noch einmal fragen“. Eine neue Zahl erscheint: Geben Sie diese hier ein.
phone-refused-title = Diese Anmeldung ist gestoppt
phone-refused-lead = Wir haben diese Anmeldung gestoppt und alles beendet, was damit geöffnet wurde. Wir haben Ihren Hilfsdienst benachrichtigt und Ihnen eine E-Mail geschickt.
phone-refused-next = Wenn Sie es nicht waren, wählen Sie ein neues Passwort: Wir fragen Sie bei der nächsten Anmeldung danach.
phone-over-title = Diese Frage ist geschlossen
phone-over-lead = Die Zeit war um, oder Ihr Computer hat neu gefragt. Wenn Sie sich gerade anmelden, drücken Sie am Computer auf „Noch einmal fragen“.
phone-gone-title = Dieses Telefon ist nicht mehr verbunden
phone-gone-lead = Es wurde vom Konto entfernt, oder die Einrichtung wurde nicht rechtzeitig beendet.
phone-gone-account = Benutzername:
phone-gone-next = Sie können es neu verbinden: Wählen Sie das am Computer.
phone-gone-submit = Dieses Konto hier vergessen
phone-close = Diese Mitteilung schließen
phone-problem-code-missing = Der Code fehlt noch. Geben Sie den ein, den Ihr Computer anzeigt.
phone-problem-code-shape = Der Code hat zwölf Buchstaben und Ziffern in Vierergruppen. Sehen Sie noch einmal auf Ihren Computer und geben Sie alle ein.
phone-problem-code-over = Dieser Code gilt nicht oder nicht mehr. Jeder gilt einmal und zehn Minuten lang. Fordern Sie am Computer einen neuen an und geben Sie ihn hier ein.
phone-problem-too-many = Dieses Konto hat schon so viele Telefone wie möglich. Entfernen Sie am Computer eines, das Sie nicht mehr benutzen, und verbinden Sie dann dieses.
phone-problem-number-missing = Die Zahl fehlt noch. Um Ja zu sagen, geben Sie die ein, die Ihr Computer anzeigt.
phone-problem-number-shape = Die Zahl hat nicht die richtige Länge. Sehen Sie noch einmal auf Ihren Computer und geben Sie alle Ziffern ein, sonst nichts.
phone-problem-not-confirmed = Wir haben nicht gesehen, dass Sie es sind, und es wurde nichts bestätigt. Drücken Sie noch einmal und zeigen Sie dann Finger oder Gesicht, oder geben Sie die PIN des Telefons ein.
phone-problem-slow-down = Das war viel in kurzer Zeit, und es wurde nichts geändert. Warten Sie einige Minuten und versuchen Sie es dann noch einmal.
phone-problem-offline = Wir erreichen das Portal nicht. Prüfen Sie, ob dieses Telefon mit dem Internet verbunden ist, und drücken Sie dann noch einmal.
phone-problem-fault = Bei uns ist etwas schiefgegangen. Warten Sie einen Moment und drücken Sie dann noch einmal. Wenn es wieder vorkommt, bitten Sie um Hilfe.

## Mails: subjects

mail-access-subject = { $portal }: Ihr Zugang
mail-password-subject = { $portal }: Ihr vorläufiges Passwort
mail-factor-added-subject = { $portal }: Ein Weg zur Bestätigung wurde hinzugefügt
mail-second-set-up-subject = { $portal }: Wir haben einen Vorgang in Ihrem Konto gestoppt
mail-factor-removed-subject = { $portal }: Ein Weg zur Bestätigung wurde entfernt
mail-spares-made-subject = { $portal }: Sie haben neue Ersatzcodes
mail-spare-used-subject = { $portal }: Ein Ersatzcode wurde verwendet
mail-password-changed-subject = { $portal }: Ihr Passwort wurde geändert
mail-refused-subject = { $portal }: Jemand scheint Ihr Passwort zu kennen
mail-slowed-subject = { $portal }: Ihr Telefon wurde sehr oft gefragt
mail-cloned-subject = { $portal }: Wir nehmen eines Ihrer Geräte nicht mehr an
mail-pass-issued-subject = { $portal }: Für Ihr Konto wurde ein Passiercode ausgegeben
mail-reset-subject = { $portal }: Ihr Passwort

## Mails: how every one begins and ends

mail-greeting = Guten Tag { $name },
mail-greeting-nobody = Guten Tag,
mail-safe = Wir fragen Sie nie nach Ihrem Passwort, weder am Telefon noch per E-Mail.
mail-automatic = Diese E-Mail wurde automatisch versendet.

## Mails: your access

mail-access-title = Ihr Zugang ist bereit
mail-access-lead = Sie können sich ab sofort anmelden. Beim ersten Mal dauert das etwa drei Minuten.
mail-access-name = Ihr Benutzername
mail-access-password = Ihr vorläufiges Passwort
mail-access-password-apart = Ihr vorläufiges Passwort kommt in einer zweiten E-Mail.
mail-access-ready = Das brauchen Sie
mail-access-ready-phone = Ihr Telefon. Am Bildschirm sehen Sie, wie Sie es verwenden.
mail-access-ready-mail = Diese E-Mail mit Ihrem Benutzernamen.
mail-access-button = Zur Anmeldeseite
mail-access-button-address = Die Schaltfläche funktioniert nicht? Kopieren Sie diese Adresse in Ihren Browser:
mail-access-address = Öffnen Sie diese Seite, um sich anzumelden:
mail-access-guide = Zur Anleitung, Schritt für Schritt
mail-access-guide-address = Die Anleitung zeigt Ihnen jeden Schritt:
mail-until = Melden Sie sich vor dem { $day } zum ersten Mal an. Danach ist das vorläufige Passwort nicht mehr gültig und Sie brauchen ein neues.

## Mails: the provisional password in a mail of its own

mail-password-title = Ihr vorläufiges Passwort
mail-password-lead = Verwenden Sie es für Ihre erste Anmeldung. Ihr Benutzername und die Adresse der Anmeldeseite stehen in einer anderen E-Mail.
mail-password-own = Danach wählen Sie Ihr eigenes Passwort.

## Mails: a way to sign in was added

mail-factor-added-title = Ein Weg zur Bestätigung wurde hinzugefügt
mail-factor-added-lead = Am { $day } wurde Ihrem Konto ein Weg hinzugefügt, mit dem Sie bei der Anmeldung bestätigen, dass Sie es sind: eine App, ein Telefon oder ein anderes Gerät.
mail-all-well = Waren Sie das? Dann ist alles in Ordnung.

## Mails: somebody began to secure the account a second time

mail-second-set-up-title = Wir haben einen Vorgang gestoppt
mail-second-set-up-lead = Am { $day } wollte jemand Ihr Konto ein zweites Mal absichern, während das an anderer Stelle schon lief. Wir haben diesen zweiten Versuch gestoppt. An Ihrem Konto hat er nichts geändert.
mail-second-set-up-you = Waren Sie das, in einem anderen Fenster oder auf einem anderen Gerät? Dann ist alles in Ordnung. Machen Sie dort weiter, wo Sie angefangen haben.

## Mails: a way to sign in was removed

mail-factor-removed-title = Ein Weg zur Bestätigung wurde entfernt
mail-factor-removed-lead = Am { $day } wurde aus Ihrem Konto ein Weg entfernt, mit dem Sie bestätigen, dass Sie es sind: eine App, ein Telefon oder ein anderes Gerät. Damit kommt niemand mehr hinein.

## Mails: the codes on paper

mail-spares-made-title = Sie haben neue Ersatzcodes
mail-spares-made-lead = Am { $day } wurde für Ihr Konto eine neue Liste mit Ersatzcodes erstellt. Die Codes der alten Liste gelten nicht mehr.
mail-spare-used-title = Ein Ersatzcode wurde verwendet
mail-spare-used-lead = Am { $day } wurde einer Ihrer Ersatzcodes verwendet, um sich bei Ihrem Konto anzumelden.
mail-spare-used-you = Waren Sie das? Dann ist alles in Ordnung. Streichen Sie diesen Code auf Ihrer Liste.

## Mails: another password

mail-password-changed-title = Ihr Passwort wurde geändert
mail-password-changed-lead = Am { $day } wurde das Passwort Ihres Kontos geändert. Nur das neue gilt noch, und alle anderen Geräte wurden abgemeldet.

## Mails: what was stopped on the phone

mail-refused-title = Jemand scheint Ihr Passwort zu kennen
mail-refused-lead = Am { $day } hat jemand Ihr Passwort eingegeben und wollte sich anmelden. Das wurde auf Ihrem Telefon abgelehnt. Wir haben diese Anmeldung gestoppt und alles beendet, was damit geöffnet wurde.
mail-refused-you = Haben Sie selbst abgelehnt? Dann haben Sie richtig gehandelt. Bei Ihrer nächsten Anmeldung bitten wir Sie, ein neues Passwort zu wählen.
mail-slowed-title = Ihr Telefon wurde sehr oft gefragt
mail-slowed-lead = Am { $day } hat jemand, der Ihr Passwort kennt, immer wieder versucht, sich anzumelden. Ihr Telefon wurde jedes Mal gefragt. Wir lassen es jetzt eine Weile in Ruhe.
mail-slowed-you = Waren Sie das? Dann warten Sie ein wenig und melden Sie sich noch einmal an.

## Mails: a copied key

mail-cloned-title = Wir nehmen eines Ihrer Geräte nicht mehr an
mail-cloned-lead = Am { $day } wurde mit einem Ihrer Geräte bestätigt, dass Sie es sind, und dessen Schlüssel scheint kopiert worden zu sein. Zum Schutz Ihres Kontos nehmen wir diesen Schlüssel nicht mehr an.
mail-cloned-you = Waren Sie das? Dann melden Sie sich auf einem anderen Weg an, zum Beispiel mit einem Ersatzcode, und richten Sie das Gerät neu ein.

## Mails: a pass

mail-pass-issued-title = Für Ihr Konto wurde ein Passiercode ausgegeben
mail-pass-issued-lead = Am { $day } wurde für Ihr Konto ein Passiercode ausgegeben, wie für jemanden, der sein Telefon verloren hat. Er gilt einmal, nach dem Passwort, um ein neues Telefon oder Gerät einzurichten.
mail-pass-issued-you = Haben Sie darum gebeten? Dann ist alles in Ordnung.

## Mails: a forgotten password

mail-reset-title = Wählen Sie ein neues Passwort
mail-reset-lead = Auf unserer Anmeldeseite wurde ein neues Passwort angefordert. Sie können es jetzt wählen.
mail-reset-button = Neues Passwort wählen
mail-reset-address = Öffnen Sie diese Seite:
mail-reset-code = Oder geben Sie diesen Code auf der Seite ein, auf der Sie ihn angefordert haben:
mail-reset-until = Das geht einmal, innerhalb von { $minutes } Minuten nach der Anforderung.
mail-reset-not-asked = Haben Sie nichts angefordert? Dann brauchen Sie nichts zu tun: Ihr Passwort bleibt, wie es ist.
mail-reset-again-call = Geschieht das immer wieder? Rufen Sie uns an: { $phone }.
mail-reset-again-contact = Geschieht das immer wieder? Benachrichtigen Sie die Person, die Ihnen den Zugang gegeben hat.
mail-not-yet-title = Verwenden Sie Ihr vorläufiges Passwort
mail-not-yet-lead = Auf unserer Anmeldeseite wurde ein neues Passwort angefordert. Sie haben noch kein eigenes gewählt: Melden Sie sich mit dem vorläufigen Passwort aus der E-Mail zu Ihrem Zugang an.
mail-not-yet-call = Haben Sie diese E-Mail nicht mehr? Rufen Sie uns an: { $phone }.
mail-not-yet-contact = Haben Sie diese E-Mail nicht mehr? Wenden Sie sich an die Person, die Ihnen den Zugang gegeben hat.
mail-too-late-title = Ihr vorläufiges Passwort ist nicht mehr gültig
mail-too-late-lead = Auf unserer Anmeldeseite wurde ein neues Passwort angefordert. Sie haben noch kein eigenes gewählt, und das vorläufige Passwort aus der E-Mail zu Ihrem Zugang war bis zum { $day } gültig. Sie brauchen ein neues.
mail-too-late-call = Rufen Sie uns an, um ein neues vorläufiges Passwort zu erhalten: { $phone }.
mail-too-late-contact = Bitten Sie die Person, die Ihnen den Zugang gegeben hat, um ein neues vorläufiges Passwort.

## Mails: if it was not you

mail-not-you-call = Waren Sie das nicht? Rufen Sie uns sofort an: { $phone }.
mail-not-you-contact = Waren Sie das nicht? Benachrichtigen Sie sofort die Person, die Ihnen den Zugang gegeben hat.

## Mails: the months

mail-month-january = Januar
mail-month-february = Februar
mail-month-march = März
mail-month-april = April
mail-month-may = Mai
mail-month-june = Juni
mail-month-july = Juli
mail-month-august = August
mail-month-september = September
mail-month-october = Oktober
mail-month-november = November
mail-month-december = Dezember

## The guide to the first connection, as a page and as a document to print

guide-title = Ihre erste Anmeldung, Schritt für Schritt
guide-lead = Das tun Sie nur einmal. Die Bilder zeigen die Seiten, die Sie sehen werden.
guide-print = Diese Anleitung drucken (PDF)
guide-before-title = Bevor Sie beginnen
guide-before-mail = Die E-Mail zu Ihrem Zugang, mit Ihrem Benutzernamen und Ihrem vorläufigen Passwort
guide-before-phone = Ihr Smartphone, mit dem Internet verbunden
guide-before-time = Drei ruhige Minuten
guide-open = Öffnen Sie dann diese Adresse, am besten an einem Computer:
guide-sign-in = Geben Sie Ihren Benutzernamen ein. Er steht in der E-Mail zu Ihrem Zugang.
guide-choose = Wählen Sie dann „{ $button }“.
guide-alt-sign-in = Bild: ein Feld für den Benutzernamen und darunter eine Schaltfläche.
guide-alt-password = Bild: oben Ihr Benutzername, dann ein Feld für das Passwort und darunter eine Schaltfläche.
guide-alt-secure = Bild: warum ein zweiter Nachweis nötig ist, und die Wahl des Weges, mit der App an erster Stelle.
guide-alt-get-app = Bild: die beiden App-Läden, jeder mit einem quadratischen Code zum Scannen mit dem Telefon.
guide-alt-set-up-app = Bild: drei kleine Zeichnungen des Telefons: die App öffnen, auf das Pluszeichen tippen, die Art des Kontos wählen.
guide-alt-scan = Bild: ein großer quadratischer Code zum Scannen mit der App und darunter eine Schaltfläche.
guide-alt-prove = Bild: ein Feld für die sechs Ziffern, die die App anzeigt.
guide-alt-recovery-codes = Bild: eine Liste mit zehn Codes zum Aufbewahren.
guide-alt-success = Bild: ein Häkchen und die Meldung, dass die App eingerichtet ist.
guide-alt-new-password = Bild: drei Felder, für das alte Passwort und zweimal das neue, mit der Liste der Regeln.
guide-alt-done = Bild: ein Häkchen und die Meldung, dass alles bereit ist, mit einer Schaltfläche zum Fortfahren.
guide-next-title = Beim nächsten Mal
guide-problem-title = Wenn etwas nicht klappt
guide-problem-code-title = Die Zahl wird nicht angenommen
guide-problem-code-text = Jede Zahl gilt dreißig Sekunden. Warten Sie auf die nächste und geben Sie diese ein. Wird auch sie nicht angenommen, sehen Sie nach der Uhr Ihres Telefons: In den Einstellungen müssen Datum und Uhrzeit automatisch eingestellt sein.
guide-problem-stopped-title = Sie mussten zwischendurch aufhören
guide-problem-stopped-text = Melden Sie sich wieder an: Sie machen dort weiter, wo Sie aufgehört haben. Bis alles bereit ist, verwenden Sie das vorläufige Passwort; in der E-Mail steht, wie lange es gilt.
guide-problem-only-phone-title = Sie haben nur ein Telefon
guide-problem-only-phone-text = Öffnen Sie dieselbe Adresse auf Ihrem Telefon. Wo diese Anleitung ein Bild zum Scannen zeigt, finden Sie dort eine Schaltfläche zum Antippen. Kehren Sie danach zur Seite zurück.
guide-problem-phone-title = Sie haben kein Smartphone, oder Sie haben es verloren
guide-problem-phone-text = Bitten Sie uns um Hilfe. Wir suchen mit Ihnen einen anderen Weg.
guide-problem-password-title = Sie haben Ihr Passwort vergessen
guide-problem-password-text = Wählen Sie auf der Seite für das Passwort „Passwort vergessen?“ und folgen Sie den Hinweisen dort.
guide-help-phone = Hilfe: { $phone }
guide-page = Seite { $number }
guide-pages = von { $count }
