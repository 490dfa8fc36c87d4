### Dutch as written in Belgium and the Netherlands, u. Short plain sentences; a button says what happens; an error says what happened and what to do.
### The four files hold the same keys, in the same order.

## Every page

language-picker = Taal
error-prefix = Fout:
help-title = Hulp
help-call = Bel ons, wij helpen u graag.
help-no-phone = Vraag het aan de persoon die u toegang heeft gegeven. Die kan u helpen.
help-link = Meer hulp
help-safe = Aan de telefoon vragen wij u nooit uw wachtwoord.
start-link = Naar de startpagina

## The page people keep among their bookmarks

home-title = Welkom
home-lead = Meld u hier aan om uw portaal te gebruiken.
home-sign-in = Aanmelden
home-signed-in-title = U bent aangemeld
home-signed-in-as = Uw gebruikersnaam: { $name }
home-go-on = Naar het portaal
home-sign-out = Afmelden
home-keep-title = Bewaar deze pagina
home-keep-lead = Zo vindt u ze de volgende keer met één klik terug.
home-keep-computer = Op een computer: druk tegelijk op Ctrl en D.
home-keep-mac = Op een Mac: druk tegelijk op Command (⌘) en D.
home-keep-iphone = Op een iPhone of iPad: tik op Deel en dan op “Zet op beginscherm”.
home-keep-android = Op een Android-telefoon: open het menu (⋮) en tik op “Toevoegen aan startscherm”.

## Signing in: the user name

sign-in-title = Aanmelden
sign-in-name-label = Gebruikersnaam
sign-in-name-hint = U vindt hem in de e-mail over uw toegang.
sign-in-next = Volgende
sign-in-name-missing = De gebruikersnaam is nog nodig. Typ hem hieronder en kies dan Volgende.
sign-in-start-again = Voor uw veiligheid is de pagina na een tijdje gesloten. Begin opnieuw met uw gebruikersnaam.

## Signing in: the password

password-title = Uw wachtwoord
password-lead = Meldt u zich voor het eerst aan? Gebruik het voorlopige wachtwoord dat u hebt gekregen.
password-who = Gebruikersnaam:
password-change-name = Wijzigen
password-label = Wachtwoord
password-show = Tonen
password-show-full = Wachtwoord tonen
password-shown = Het wachtwoord wordt getoond.
password-hide = Verbergen
password-hide-full = Wachtwoord verbergen
password-hidden = Het wachtwoord is verborgen.
password-submit = Aanmelden
password-forgotten = Wachtwoord vergeten? Vraag hulp aan de persoon die u toegang heeft gegeven.
password-forgotten-call = Wachtwoord vergeten? Bel { $phone }.
password-missing = Het wachtwoord is nog nodig. Typ het hieronder en kies dan Aanmelden.
password-wrong = Deze gebruikersnaam en dit wachtwoord horen niet bij elkaar. Controleer beide en typ het wachtwoord opnieuw.
password-busy = Veel mensen melden zich nu aan. Wacht even en typ dan uw wachtwoord opnieuw.
password-throttled = Om het account te beschermen is het aanmelden even onderbroken. Wacht enkele minuten en probeer het dan opnieuw.

## Signing out

sign-out-title = Wilt u zich afmelden?
sign-out-lead = U bent aangemeld als { $name }. Bewaar eerst uw werk in het portaal.
sign-out-submit = Afmelden
sign-out-stay = Aangemeld blijven
signed-out-title = U bent afgemeld
signed-out-lead = Gebruiken andere mensen deze computer? Sluit dan ook de vensters van de browser.
signed-out-again = Opnieuw aanmelden

## A second proof is required and the account has none

cannot-sign-in-title = U kunt zich nog niet aanmelden
cannot-sign-in-lead = Uw wachtwoord is juist. Dit portaal vraagt ook een tweede bewijs dat u het bent, en uw account heeft dat nog niet.
cannot-sign-in-next = Wat u nu kunt doen
cannot-sign-in-call = Bel ons en zeg dat uw account een tweede bewijs nodig heeft. Wij doen de rest samen met u.
cannot-sign-in-contact = Vraag hulp aan de persoon die u toegang heeft gegeven en zeg dat uw account een tweede bewijs nodig heeft.

## What could not be done

refused-status = Code:
refused-request = Nummer om te geven als u hulp vraagt:
refused-denied-heading = Deze pagina is niet voor u geopend
refused-denied-text = U bent aangemeld, maar met uw account kunt u deze pagina niet zien. Hebt u ze nodig? Vraag dan hulp en zeg welke pagina u zoekt.
refused-not-found-heading = Hier is geen pagina
refused-not-found-text = Misschien is het adres veranderd of ontbreekt er een letter. Controleer het adres of ga naar de startpagina.
refused-wrong-host-heading = Dit adres hoort hier niet
refused-wrong-host-text = Wij kennen het adres niet dat uw browser heeft gevraagd. Open het portaal via uw bladwijzer of via de e-mail over uw toegang.
refused-away-heading = Het portaal antwoordt nu niet
refused-away-text = U hoeft niets te veranderen. Wacht enkele minuten en laad deze pagina dan opnieuw.
refused-busy-heading = Het is nu erg druk
refused-busy-text = Wij kunnen de pagina niet meteen openen. Wacht even en laad ze dan opnieuw.
refused-too-large-heading = Dit is meer dan wij kunnen ontvangen
refused-too-large-text = Wat verstuurd is, is te groot en er is niets bewaard. Ga terug en verstuur een kleiner bestand of een kortere tekst.
refused-bad-request-heading = Wij konden niet begrijpen wat er verstuurd is
refused-bad-request-text = Er is niets veranderd. Ga naar de startpagina en probeer het opnieuw. Gebeurt het nog eens, vraag dan hulp.
refused-method-heading = Deze pagina kan niet op die manier worden gebruikt
refused-method-text = Er is niets veranderd. Ga naar de startpagina en open de pagina van daaruit opnieuw.
refused-forgery-heading = Voor uw veiligheid zijn wij hier gestopt
refused-forgery-text = Het formulier kwam niet van onze eigen pagina en er is niets veranderd. Open de aanmeldpagina opnieuw en begin van daaruit.
refused-fault-heading = Er ging iets mis aan onze kant
refused-fault-text = U hebt niets verkeerd gedaan. Probeer het over enkele minuten opnieuw. Gebeurt het nog eens, vraag dan hulp en geef het nummer hieronder.
refused-session-heading = Meld u opnieuw aan om verder te gaan
refused-session-text = Voor uw veiligheid vragen wij af en toe wie u bent. Ga naar de startpagina en meld u aan.

## Inside an app’s frame

frame-title = Meld u opnieuw aan om verder te gaan
frame-text = Aanmelden kan alleen in het volledige venster.
frame-open = Het volledige venster openen
