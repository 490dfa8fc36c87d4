### German, Sie. Short plain sentences; a button says what happens; an error says what happened and what to do.
### The four files hold the same keys, in the same order.

## Every page

language-picker = Sprache
error-prefix = Fehler:
help-title = Hilfe
help-call = Rufen Sie uns an, wir helfen Ihnen gern.
help-no-phone = Wenden Sie sich an die Person, die Ihnen den Zugang gegeben hat. Sie kann Ihnen helfen.
help-link = Weitere Hilfe
help-safe = Am Telefon fragen wir Sie nie nach Ihrem Passwort.
start-link = Zur Startseite

## The page people keep among their bookmarks

home-title = Willkommen
home-lead = Melden Sie sich hier an, um Ihr Portal zu nutzen.
home-sign-in = Anmelden
home-signed-in-title = Sie sind angemeldet
home-signed-in-as = Ihr Benutzername: { $name }
home-go-on = Zum Portal
home-sign-out = Abmelden
home-keep-title = Behalten Sie diese Seite
home-keep-lead = So finden Sie sie beim nächsten Mal mit einem Klick wieder.
home-keep-computer = Am Computer: Drücken Sie gleichzeitig Strg und D.
home-keep-mac = Am Mac: Drücken Sie gleichzeitig Befehl (⌘) und D.
home-keep-iphone = Auf dem iPhone oder iPad: Tippen Sie auf Teilen, dann auf „Zum Home-Bildschirm“.
home-keep-android = Auf einem Android-Telefon: Öffnen Sie das Menü (⋮), dann tippen Sie auf „Zum Startbildschirm hinzufügen“.

## Signing in: the user name

sign-in-title = Anmelden
sign-in-name-label = Benutzername
sign-in-name-hint = Er steht in der E-Mail zu Ihrem Zugang.
sign-in-next = Weiter
sign-in-name-missing = Der Benutzername fehlt noch. Geben Sie ihn unten ein und wählen Sie dann Weiter.
sign-in-start-again = Zu Ihrer Sicherheit wurde die Seite nach einiger Zeit geschlossen. Bitte beginnen Sie noch einmal mit Ihrem Benutzernamen.

## Signing in: the password

password-title = Ihr Passwort
password-lead = Melden Sie sich zum ersten Mal an? Verwenden Sie das vorläufige Passwort, das Sie erhalten haben.
password-who = Benutzername:
password-change-name = Ändern
password-label = Passwort
password-show = Anzeigen
password-show-full = Passwort anzeigen
password-shown = Das Passwort wird angezeigt.
password-hide = Verbergen
password-hide-full = Passwort verbergen
password-hidden = Das Passwort ist verborgen.
password-submit = Anmelden
password-forgotten = Passwort vergessen? Wenden Sie sich an die Person, die Ihnen den Zugang gegeben hat.
password-forgotten-call = Passwort vergessen? Rufen Sie { $phone } an.
password-missing = Das Passwort fehlt noch. Geben Sie es unten ein und wählen Sie dann Anmelden.
password-wrong = Dieser Benutzername und dieses Passwort passen nicht zusammen. Prüfen Sie beides und geben Sie das Passwort noch einmal ein.
password-busy = Gerade melden sich viele Menschen an. Warten Sie einen Moment und geben Sie Ihr Passwort dann noch einmal ein.
password-throttled = Zum Schutz des Kontos ist die Anmeldung kurz unterbrochen. Warten Sie einige Minuten und versuchen Sie es dann noch einmal.

## Signing out

sign-out-title = Möchten Sie sich abmelden?
sign-out-lead = Sie sind als { $name } angemeldet. Speichern Sie zuerst Ihre Arbeit im Portal.
sign-out-submit = Abmelden
sign-out-stay = Angemeldet bleiben
signed-out-title = Sie sind abgemeldet
signed-out-lead = Nutzen andere Personen diesen Computer? Dann schließen Sie auch die Fenster des Browsers.
signed-out-again = Wieder anmelden

## A second proof is required and the account has none

cannot-sign-in-title = Sie können sich noch nicht anmelden
cannot-sign-in-lead = Ihr Passwort ist richtig. Dieses Portal verlangt auch einen zweiten Nachweis, dass Sie es sind, und Ihr Konto hat noch keinen.
cannot-sign-in-next = Was Sie jetzt tun können
cannot-sign-in-call = Rufen Sie uns an und sagen Sie, dass Ihr Konto einen zweiten Nachweis braucht. Den Rest erledigen wir mit Ihnen.
cannot-sign-in-contact = Wenden Sie sich an die Person, die Ihnen den Zugang gegeben hat, und sagen Sie, dass Ihr Konto einen zweiten Nachweis braucht.

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

## Inside an app’s frame

frame-title = Melden Sie sich wieder an, um fortzufahren
frame-text = Die Anmeldung ist nur im ganzen Fenster möglich.
frame-open = Das ganze Fenster öffnen
