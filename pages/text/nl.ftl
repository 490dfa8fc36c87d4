### Dutch as written in Belgium and the Netherlands, u. Short plain sentences; a button says what happens; an error says what happened and what to do.
### The four files hold the same keys, in the same order.

## Every page

language-picker = Taal
error-prefix = Fout:
who-is-here = U bent hier als
who-not-you = Bent u dat niet?
help-title = Hulp
help-call = Bel ons, wij helpen u graag.
help-no-phone = Vraag het aan de persoon die u toegang heeft gegeven. Die kan u helpen.
help-link = Meer hulp
help-code = Hulpcode:
help-code-use = Lees hem voor als u belt: dan zien wij bij welke stap u bent.
help-safe = Aan de telefoon vragen wij u nooit uw wachtwoord of een getal uit uw app.
start-link = Naar de startpagina
ends-text = Voor uw veiligheid sluit deze pagina over vijf minuten.
ends-more = Meer tijd
ends-more-given = De pagina blijft open.
ends-over = Voor uw veiligheid is deze pagina gesloten. U kunt meteen opnieuw beginnen.
ends-start-again = Opnieuw beginnen

## The progress of the first connection

step-number = Stap { $number }
step-of = van { $of }
step-access = Uw toegang
step-secure = Uw account beveiligen
step-password = Uw wachtwoord kiezen
step-done = Klaar

## The page people keep among their bookmarks

home-title = Welkom
home-lead = Meld u hier aan om uw portaal te gebruiken.
home-sign-in = Aanmelden
home-first-title = Is dit uw eerste keer?
home-first-lead = De gids toont elke stap met een afbeelding. Reken op ongeveer drie minuten.
home-first-guide = De gids lezen
home-first-pdf = Gids om af te drukken (PDF)
home-signed-in-title = U bent aangemeld
home-signed-in-as = Uw gebruikersnaam: { $name }
home-go-on = Naar het portaal
home-account = Mijn account
home-sign-out = Afmelden
home-keep-title = Bewaar deze pagina
home-keep-lead = Zo vindt u ze de volgende keer met één klik terug.
home-keep-computer = Op een computer: druk tegelijk op Ctrl en D.
home-keep-mac = Op een Mac: druk tegelijk op Command (⌘) en D.
home-keep-iphone = Op een iPhone of iPad: tik op Deel en dan op “Zet op beginscherm”.
home-keep-android = Op een Android-telefoon: open het menu (⋮) en tik op “Toevoegen aan startscherm”.
home-keep-others = Op een ander toestel

## The accounts this browser has used

picker-title = Kies uw account
picker-lead = Deze accounts zijn al in deze browser gebruikt.
picker-forget = Vergeten
picker-forget-who = Vergeten: { $name } in deze browser
picker-other = Een ander account gebruiken

## Signing in: the user name

sign-in-title = Aanmelden
sign-in-name-label = Gebruikersnaam
sign-in-name-hint = U vindt hem in de e-mail over uw toegang.
sign-in-next = Volgende
sign-in-name-missing = De gebruikersnaam is nog nodig. Typ hem hieronder en kies dan Volgende.
sign-in-start-again = Voor uw veiligheid is de pagina na een tijdje gesloten. Begin opnieuw met uw gebruikersnaam.
sign-in-no-cookie = We konden niet verdergaan. Typ uw gebruikersnaam opnieuw. Komt deze melding terug, sta dan in uw browser cookies toe voor deze site.
sign-in-passkey = Aanmelden met dit toestel
sign-in-passkey-wrong = Dit toestel heeft u niet herkend. Meld u aan met uw gebruikersnaam.
sign-in-passkey-cloned = Om uw account te beschermen aanvaarden wij dit toestel niet meer: er lijkt een kopie van te bestaan. Meld u aan met uw gebruikersnaam.

## Signing in: the password

password-title = Uw wachtwoord
password-lead = Meldt u zich voor het eerst aan? Gebruik het voorlopige wachtwoord dat u hebt gekregen.
password-who = Gebruikersnaam:
password-change-name = Wijzigen
password-label = Wachtwoord
password-show = Tonen
password-shown = Het wachtwoord wordt getoond.
password-hide = Verbergen
password-hidden = Het wachtwoord is verborgen.
password-stay = Aangemeld blijven op deze computer
password-stay-hint = Niet op een computer die anderen ook gebruiken.
password-submit = Aanmelden
password-forgotten = Wachtwoord vergeten?
password-missing = Het wachtwoord is nog nodig. Typ het hieronder en kies dan Aanmelden.
password-wrong = Deze gebruikersnaam en dit wachtwoord horen niet bij elkaar. Controleer beide en typ het wachtwoord opnieuw.
password-busy = Veel mensen melden zich nu aan. Wacht even en typ dan uw wachtwoord opnieuw.
password-throttled = Om het account te beschermen is het aanmelden even onderbroken. Wacht enkele minuten en probeer het dan opnieuw.
password-throttled-soon = Om het account te beschermen is het aanmelden heel even onderbroken. Wacht een minuut en probeer het dan opnieuw.

## A forgotten password

forgotten-title = Wachtwoord vergeten?
forgotten-lead = Typ uw gebruikersnaam. Wij sturen een e-mail naar het adres dat daarbij hoort.
forgotten-submit = Stuur mij de e-mail
forgotten-have = Ik heb al een code
forgotten-name-missing = De gebruikersnaam is nog nodig. Typ hem hieronder en kies dan hoe u verdergaat.
forgotten-call = Bel { $phone }. Wij helpen u aan een nieuw wachtwoord.
forgotten-contact = Vraag het aan de persoon die u toegang heeft gegeven. Die kan u aan een nieuw wachtwoord helpen.
forgotten-back = Terug naar het aanmelden
mail-code-title = Kijk in uw mailbox
mail-code-lead = Als deze gebruikersnaam bestaat, is er een e-mail onderweg. Open hem en druk op de knop, of typ hier de code die erin staat.
mail-code-label = Code uit de e-mail
mail-code-hint = Tien letters en cijfers, in twee groepjes van vijf.
mail-code-submit = Code controleren
mail-code-missing = De code is nog nodig. Typ de code uit de e-mail.
mail-code-shape = De code heeft tien letters en cijfers. Kijk nog eens in de e-mail en typ hem helemaal.
mail-code-wrong = Deze code is niet geldig, of niet meer. Typ de code uit de nieuwste e-mail, of vraag een andere e-mail aan.
mail-code-busy = Veel mensen melden zich nu aan. Wacht even en controleer de code dan opnieuw.
mail-code-none-title = Geen e-mail?
mail-code-none-text = Het kan enkele minuten duren. Kijk ook bij de ongewenste e-mail en controleer de gebruikersnaam hierboven. Wij sturen hoogstens drie e-mails per uur.
mail-code-none-call = U kunt ook bellen: { $phone }.
mail-code-none-contact = U kunt ook hulp vragen aan de persoon die u toegang heeft gegeven.
mail-code-again = Een andere e-mail aanvragen
reset-title = Kies een nieuw wachtwoord
reset-lead = Druk op de knop om verder te gaan. Bevestigt u met uw telefoon of met een getal als u zich aanmeldt, dan vragen wij dat eerst.
reset-submit = Verdergaan
reset-over-title = Deze link is niet meer geldig
reset-over-lead = Hij werkt één keer, een half uur lang, en alleen in de nieuwste e-mail. U kunt een andere e-mail aanvragen.

## Signing in: the number from the app

code-title = Het getal uit uw app
code-lead = Open de app op uw telefoon en typ het getal van zes cijfers dat er voor dit portaal staat.
code-label = Getal van zes cijfers
code-submit = Aanmelden
code-missing = Het getal is nog nodig. Open de app op uw telefoon en typ de zes cijfers die er staan.
code-shape = Het getal heeft precies zes cijfers. Kijk nog eens in de app en typ ze alle zes.
code-wrong = Dit is niet het getal dat de app nu toont. Controleer of u het getal van dit portaal ziet, wacht op het volgende en typ dat.
code-clock-ahead = De klok van uw telefoon loopt voor (ongeveer { $minutes } min). Zet bij de instellingen van de telefoon datum en tijd op automatisch, wacht op een nieuw getal en typ dat.
code-clock-behind = De klok van uw telefoon loopt achter (ongeveer { $minutes } min). Zet bij de instellingen van de telefoon datum en tijd op automatisch, wacht op een nieuw getal en typ dat.
code-used = Dit getal is al gebruikt. Wacht tot de app het volgende toont (hoogstens 30 seconden) en typ dat.
code-older = Dit getal komt van een ouder account in de app. Gebruik het nieuwste voor dit portaal en verwijder het oude in de app.
code-throttled = Om het account te beschermen is het aanmelden even onderbroken. Wacht enkele minuten en typ dan een nieuw getal.
code-throttled-soon = Om het account te beschermen is het aanmelden heel even onderbroken. Wacht een minuut en typ dan een nieuw getal.
code-locked = Er werden te veel verkeerde getallen ingevoerd. Om de account te beschermen, aanvaarden we er geen meer. Vraag hulp: zie “Hulp” op deze pagina.
code-busy = Veel mensen melden zich nu aan. Wacht even en typ dan een nieuw getal.

## Signing in: another way to prove who one is

other-ways = Een andere manier
other-way-approval = Op mijn telefoon bevestigen
other-way-code = Het getal uit mijn app typen
other-way-passkey = Mijn vingerafdruk, gezicht of de pincode van mijn toestel gebruiken
other-way-recovery = Een van mijn noodcodes gebruiken
other-way-help = Telefoon kwijt, of werkt dit allemaal niet?

## Signing in: a code on paper

recovery-title = Een van uw noodcodes
recovery-lead = Neem de lijst die u hebt afgedrukt of bewaard. Typ een code die u nog niet hebt gebruikt.
recovery-label = Code van uw lijst
recovery-submit = Aanmelden
recovery-missing = De code is nog nodig. Typ een code van uw lijst.
recovery-shape = Een code van de lijst heeft vijftien letters en cijfers, in groepjes van vijf. Kijk nog eens op de lijst en typ hem helemaal.
recovery-wrong = Deze code is niet geldig. Elke code werkt één keer, en een nieuwe lijst vervangt de oude. Neem de volgende code van uw laatste lijst.

## Signing in: a yes on the phone

approve-title = Bevestig op uw telefoon
approve-lead = Uw telefoon vraagt of u het bent. Typ daar dit nummer.
approve-number = Nummer voor uw telefoon:
approve-waiting = Wij wachten op uw telefoon. Daarna gaat deze pagina vanzelf verder.
approve-answered = Uw telefoon heeft geantwoord.
approve-submit = Ik heb bevestigd
approve-silent = Gaat uw telefoon niet over?
approve-silent-text = Open deze pagina op uw telefoon. Ze stelt u daar de vraag, of hij nu overgaat of niet.
approve-open-here = Meldt u zich aan op deze telefoon? Onthoud het nummer en open de pagina hier
approve-approved = Uw telefoon heeft bevestigd.
approve-go-on = Verder
approve-ask-lead = Houd uw telefoon bij de hand. Hij vraagt of u het bent, en u typt daar een nummer.
approve-ask = Mijn telefoon vragen
approve-again = Opnieuw vragen
approve-other-phone = Een andere telefoon verbinden
approve-not-yet = Uw telefoon heeft nog niet bevestigd. Open de pagina op uw telefoon, typ het nummer en kies “Ja, ik ben het”.
approve-wrong = Op de telefoon is een ander nummer getypt. Om uw account te beschermen, kan elk nummer maar één keer geprobeerd worden. Druk op de knop voor een nieuw nummer.
approve-expired = Niemand heeft binnen twee minuten geantwoord. Neem uw telefoon bij de hand en vraag het opnieuw.
approve-replaced = Uw telefoon kreeg intussen een vraag over een andere aanmelding. Druk op de knop om opnieuw te vragen.
approve-held = Uw telefoon krijgt op dit moment een vraag over een andere aanmelding. Wacht twee minuten en vraag het dan opnieuw, of kies een andere manier.
approve-slowed = Uw telefoon kreeg meermaals een vraag en niemand heeft bevestigd. Om uw account te beschermen, laten wij hem even met rust. Wacht enkele minuten, of kies een andere manier.
approve-stopped-title = Deze aanmelding is op de telefoon gestopt
approve-stopped-lead = Daar werd “Nee, ik ben het niet” gekozen. Daarom hebben wij deze aanmelding gestopt.
approve-stopped-next = Was u het wel? Meld u dan opnieuw aan. Om uw account te beschermen, kiest u deze keer een nieuw wachtwoord.
approve-stopped-again = Opnieuw aanmelden
approve-knock = Bent u het die zich aanmeldt? Open dit om te antwoorden.

## Signing in: without the phone

lost-phone-title = Zonder uw telefoon
lost-phone-lead = U kunt ook anders binnen. Gebruik iets wat u nog hebt, of bel ons.
lost-phone-ways = Wat uw account heeft
lost-phone-call-title = Hebt u niets hiervan?
lost-phone-call = Bel { $phone } en lees de hulpcode voor.
lost-phone-contact = Vraag het aan de persoon die u toegang heeft gegeven en lees de hulpcode voor.
lost-phone-pass = U krijgt dan een tijdelijke pas. Typ hem hier en stel uw nieuwe telefoon of toestel in.
lost-phone-label = Pas die u hebt gekregen
lost-phone-submit = De pas gebruiken
lost-phone-missing = De pas is nog nodig. Typ die welke u hebt gekregen.
lost-phone-shape = Een pas heeft tien letters en cijfers, in twee groepjes van vijf. Controleer wat u hebt opgeschreven en typ hem helemaal.
lost-phone-wrong = Deze pas is niet geldig, of niet meer. Hij werkt één keer en een beperkte tijd. Controleer wat u hebt opgeschreven, of vraag een nieuwe.

## A passkey: fingerprint, face or PIN of a device

passkey-title = Bevestig met uw toestel
passkey-lead = Uw toestel vraagt uw vingerafdruk, uw gezicht of zijn pincode.
passkey-submit = Bevestigen
passkey-make-title = Gebruik dit toestel om u aan te melden
passkey-make-lead = Uw toestel vraagt nu uw vingerafdruk, uw gezicht of zijn pincode. Niets daarvan wordt naar ons gestuurd.
passkey-name = Naam van dit toestel
passkey-name-hint = Om het later te herkennen, bijvoorbeeld “Computer op kantoor”. Niet verplicht.
passkey-make-submit = Dit toestel gebruiken
passkey-cancelled = Uw toestel heeft niets bevestigd. Probeer het nog eens of kies een andere manier.
passkey-exists = Dit toestel is al bekend voor uw account. Kies een ander toestel of een andere manier.
passkey-unsupported = Deze browser kan dit niet. Kies een andere manier.
passkey-again = Het heeft te lang geduurd. Druk nog eens op de knop.
passkey-wrong = Dit toestel heeft u niet herkend. Probeer het nog eens of kies een andere manier.
passkey-cloned = Om uw account te beschermen aanvaarden wij dit toestel niet meer: er lijkt een kopie van te bestaan. Meld u op een andere manier aan.
set-up-another-way = Een andere manier kiezen

## First connection: securing the account

secure-title = Wij beveiligen uw account
secure-lead = Een wachtwoord kan gestolen worden. Zonder uw telefoon komt niemand anders binnen.
secure-app-title = Een app op uw telefoon
secure-app-text = Die toont een getal dat u na uw wachtwoord typt.
secure-choose = Hoe wilt u dat doen?
secure-recommended = Aanbevolen
secure-approval-title = Een “Ja” op uw telefoon
secure-approval-text = U installeert niets. Uw telefoon stelt u een vraag en u typt er een getal.
secure-passkey-title = De vingerafdruk, het gezicht of de pincode van dit toestel
secure-passkey-text = Het toestel bewijst dat u het bent, zoals bij het ontgrendelen.
secure-need = Wat u nodig hebt
secure-need-phone = uw smartphone of tablet
secure-need-time = ongeveer drie minuten
secure-submit = Beginnen
secure-no-phone = Geen smartphone? Vraag hulp aan de persoon die u toegang heeft gegeven.
secure-no-phone-call = Geen smartphone? Bel { $phone }, wij zoeken samen met u een andere manier.

## First connection: getting the app

get-app-title = Zet de app op uw telefoon
get-app-lead = Wij raden Microsoft Authenticator aan. De app is gratis.
get-app-tap = Tik op uw soort telefoon, installeer de app en kom dan terug naar deze pagina.
get-app-scan = Open de camera van uw telefoon en richt ze op de afbeelding voor uw telefoon.
get-app-iphone = iPhone of iPad
get-app-android = Android-telefoon
get-app-picture = Afbeelding om te scannen: opent { $store }
get-app-search = Of zoek “Microsoft Authenticator” in de appwinkel van uw telefoon.
get-app-any-title = Ik heb al een andere app
get-app-any = Elke app van deze soort is goed, bijvoorbeeld Google Authenticator, Authy, 2FAS, Aegis of Wachtwoorden van Apple.
get-app-submit = Ik heb de app

## First connection: setting up the app

set-up-app-title = Maak de app klaar
set-up-app-lead = Neem uw telefoon. Er zijn drie stappen.
set-up-app-lead-phone = Er zijn drie stappen, allemaal op deze telefoon.
set-up-app-open = Open de app.
set-up-app-open-hint = Aanvaard de eerste keer de voorwaarden. U hoeft zich in de app niet aan te melden.
set-up-app-add = Tik op +.
set-up-app-add-hint = Het staat boven of onder op het scherm.
set-up-app-other = Kies “Ander account”.
set-up-app-other-hint = Andere apps zeggen “QR-code scannen”. Laat de app de camera gebruiken.
set-up-app-back = Kom terug naar deze pagina.
set-up-app-back-hint = U vindt ze in uw browser, waar u ze hebt achtergelaten.
set-up-app-tap = Tik op de volgende pagina op één knop.
set-up-app-tap-hint = Die opent de app en zet er uw account in. U hoeft niets te scannen of te typen.
set-up-app-submit = Klaar, verdergaan

## First connection: the account goes into the app

scan-title = Scan deze afbeelding met de app
scan-lead = Richt de camera van uw telefoon op de afbeelding. De app voegt uw account zelf toe.
scan-title-phone = Zet uw account in de app
scan-lead-phone = Tik op de knop. De app gaat open: bevestig daar en kom dan terug naar deze pagina.
scan-open = De app openen
scan-picture = Afbeelding om te scannen (QR-code). Ziet u ze niet? Open dan “Ik kan niet scannen” eronder.
scan-picture-phone = Afbeelding om te scannen (QR-code)
scan-cannot = Ik kan niet scannen
scan-nothing-opens = De knop opent niets
scan-other-phone = De app staat op een andere telefoon
scan-by-hand = Kies in de app om de code met de hand in te voeren. Typ dan dit:
scan-account = Accountnaam
scan-key = Geheime sleutel (houd hem voor uzelf)
scan-copy = Kopiëren
scan-copied = Gekopieerd
scan-kind = Spaties maken niet uit. Vraagt de app welke soort code? Kies dan “op basis van tijd”.
scan-submit = Het staat in de app, verdergaan

## First connection: the first number, and success

prove-title = Typ het getal uit de app
prove-lead = De app toont nu een getal van zes cijfers voor dit portaal. Het verandert om de 30 seconden.
prove-submit = Het getal controleren
prove-scan-again = Geen getal in de app? Opnieuw scannen

## First connection: the phone is connected

pair-title = Verbind uw telefoon
pair-lead = Richt de camera van uw telefoon op deze afbeelding en open de link. Druk daar op “Deze telefoon verbinden”.
pair-picture = QR-code met de link voor uw telefoon
pair-lead-phone = Tik op de knop. Er gaat een tweede pagina open: verbind daar uw telefoon en kom dan terug naar deze pagina.
pair-open = Deze telefoon verbinden
pair-waiting = Wij wachten op uw telefoon. Daarna gaat deze pagina vanzelf verder.
pair-connected = Uw telefoon is verbonden.
pair-submit = Mijn telefoon is verbonden
pair-not-yet = Uw telefoon is nog niet verbonden. Open de link op uw telefoon en druk daar op “Deze telefoon verbinden”.
pair-type = Helpt de camera niet, of vraagt uw telefoon een code?
pair-type-text = Open dit adres op uw telefoon en typ daar de code.
pair-address = Adres
pair-code = Code
pair-once = De code werkt één keer, tien minuten lang.
pair-other-phone = Een andere telefoon verbinden
pair-no-code = De code voor uw telefoon werkt tien minuten. Druk op de knop om er een te krijgen.
pair-new-code = Een code tonen
pair-joined-title = Uw telefoon is verbonden
pair-joined-name = Zijn naam:
pair-joined-next = Nu proberen wij het: uw telefoon stelt u de vraag, en u typt daar een nummer.
pair-joined-submit = Proberen
pair-joined-other = Toch een andere telefoon verbinden
approved-title = Melding goedgekeurd
approved-lead = Uw telefoon heeft bevestigd dat u het bent. Vanaf nu doet hij dat bij elke aanmelding.
approved-submit = Verder

## First connection: the codes on paper

recovery-codes-title = Uw noodcodes
recovery-codes-lead = Is uw telefoon kwijt of stuk, dan laat een van deze codes u binnen. Bewaar ze niet bij uw telefoon. Wij tonen ze maar één keer.
recovery-codes-use = Elke code werkt één keer, na uw wachtwoord, in om het even welke volgorde.
recovery-codes-name = Gebruikersnaam:
recovery-codes-print = Afdrukken
recovery-codes-download = Als bestand bewaren
recovery-codes-copy = Kopiëren
recovery-codes-copied = Gekopieerd
recovery-codes-submit = Ik heb ze bewaard
success-title = Uw account is beveiligd
success-lead = Vanaf nu vragen wij na het wachtwoord het getal uit uw app.
success-keep = Laat de app op uw telefoon staan: u hebt ze nodig telkens als u zich aanmeldt.
success-lead-approval = Vanaf nu vraagt uw telefoon na het wachtwoord om te bevestigen.
success-keep-approval = Houd deze telefoon bij u als u zich aanmeldt.
success-lead-passkey = Vanaf nu bewijst uw toestel dat u het bent.
success-keep-passkey = Op een ander toestel gebruikt u een van uw noodcodes.
success-next-password = Mijn wachtwoord kiezen
success-next-portal = Naar het portaal

## First connection: a password of one's own

new-password-title = Kies uw eigen wachtwoord
new-password-lead = Het vervangt het voorlopige wachtwoord. Enkele woorden die alleen u zou combineren, zijn een goede keuze.
new-password-lead-forgotten = Het vervangt het wachtwoord dat u bent vergeten. Enkele woorden die alleen u zou combineren, zijn een goede keuze.
new-password-current-label = Voorlopig wachtwoord
new-password-current-hint = Dat wat u hebt gekregen en daarnet hebt gebruikt.
new-password-new-label = Nieuw wachtwoord
new-password-again-label = Nieuw wachtwoord, nog eens
new-password-rules = Uw nieuwe wachtwoord
new-password-same = De twee wachtwoorden zijn gelijk.
new-password-different = De twee wachtwoorden zijn nog niet gelijk.
new-password-submit = Opslaan en verdergaan
new-password-current-missing = Het voorlopige wachtwoord is nog nodig. Typ dat wat u hebt gekregen.
new-password-current-wrong = Dit is niet het voorlopige wachtwoord. Kijk in het bericht dat u hebt gekregen en typ het opnieuw; hoofdletters tellen mee.
new-password-missing = Het nieuwe wachtwoord is nog nodig. Kies er een en typ het hieronder.
new-password-too-long = Dit nieuwe wachtwoord is te lang. Kies er een van hoogstens 128 tekens.
new-password-again-different = De twee nieuwe wachtwoorden zijn niet gelijk. Typ het nieuwe wachtwoord nog eens in het laatste veld.
new-password-throttled = Om het account te beschermen kunt u het wachtwoord even niet veranderen. Wacht enkele minuten en probeer het dan opnieuw.
new-password-throttled-soon = Om het account te beschermen kunt u het wachtwoord heel even niet veranderen. Wacht een minuut en probeer het dan opnieuw.
new-password-busy = Veel mensen melden zich nu aan en er is niets veranderd. Wacht even en sla dan opnieuw op.
strength-title = Sterkte:
strength-0 = heel zwak
strength-1 = zwak
strength-2 = matig
strength-3 = goed
strength-4 = heel goed
rule-kept = In orde
rule-open = Nog niet
rule-all-kept = Alles is in orde.
rule-length = heeft minstens { $number } tekens
rule-kinds = bevat { $number } van deze vier: hoofdletters, kleine letters, cijfers, symbolen
rule-not-name = bevat uw gebruikersnaam niet
rule-not-words = bevat de naam van het portaal niet
rule-not-known = is geen wachtwoord dat dieven kennen
rule-not-used-before = is geen van uw laatste { $number } wachtwoorden
rule-printable = heeft alleen zichtbare tekens en spaties
rule-length-broken = Dit nieuwe wachtwoord is te kort. Maak het langer: enkele woorden na elkaar zijn makkelijk te onthouden.
rule-kinds-broken = Dit nieuwe wachtwoord heeft te weinig soorten tekens. Voeg bijvoorbeeld een hoofdletter, een cijfer of een symbool toe.
rule-not-name-broken = Dit nieuwe wachtwoord bevat uw gebruikersnaam of een deel ervan. Kies er een zonder die naam.
rule-not-words-broken = Dit nieuwe wachtwoord bevat de naam van het portaal of een woord dat erbij hoort. Kies er een zonder dat woord.
rule-not-known-broken = Dieven kennen dit wachtwoord en proberen het eerst. Kies een ander, dat alleen u zou bedenken.
rule-not-used-before-broken = U hebt dit wachtwoord al gehad. Kies er een dat u nog niet hebt gebruikt.
rule-printable-broken = Dit nieuwe wachtwoord bevat een onzichtbaar teken. Typ het met de hand, zonder het te kopiëren.

## First connection: the end, and a set-up that was overtaken

done-title = Alles is klaar
done-lead = Uw account is beveiligd en uw eigen wachtwoord is bewaard. Het voorlopige werkt niet meer.
done-next-time = Vanaf nu meldt u zich aan met
done-need-name = uw gebruikersnaam
done-need-password = uw eigen wachtwoord
done-need-number = het getal uit de app
done-portal = Naar het portaal
done-sign-in = Aanmelden met het nieuwe wachtwoord
done-keep = Zo vindt u de weg terug:
done-keep-link = bewaar de startpagina
set-up-elsewhere-title = Uw account is elders beveiligd
set-up-elsewhere-lead = Dat gebeurde terwijl u hier bezig was. Via deze pagina is er niets veranderd.
set-up-elsewhere-you = Was u dat?
set-up-elsewhere-you-text = Bijvoorbeeld in een ander venster of op een ander toestel. Ga dan verder door u aan te melden.
set-up-elsewhere-sign-in = Aanmelden
set-up-elsewhere-not-you = Was u dat niet?
set-up-elsewhere-not-you-text = Verwittig meteen de persoon die u toegang heeft gegeven: misschien kent iemand anders uw wachtwoord.
set-up-elsewhere-not-you-text-call = Bel meteen { $phone }: misschien kent iemand anders uw wachtwoord.

## Asking once more who it is

confirm-title = Bent u het nog?
confirm-lead = Laat ons voor uw veiligheid nog eens zien dat u het bent. Daarna kunt u verder.
confirm-submit = Ja, verder
confirm-back = Terug
confirm-lead-code = Typ voor uw veiligheid het getal van zes cijfers dat uw app nu toont. Daarna kunt u verder.
confirm-lead-recovery = Typ voor uw veiligheid een code van uw lijst die u nog niet hebt gebruikt. Daarna kunt u verder.
confirm-lead-password = Typ voor uw veiligheid uw wachtwoord nog eens. Daarna kunt u verder.
confirm-go = Bevestigen
password-confirm-missing = Het wachtwoord is nog nodig. Typ het hieronder en kies dan Bevestigen.
password-confirm-wrong = Dit is niet uw wachtwoord. Kijk het na en typ het opnieuw; hoofdletters tellen mee.

## One's own account

account-title = Uw account
account-done-renamed = De nieuwe naam is opgeslagen.
account-done-first = Opgeslagen. Voortaan vragen we u dit het eerst.
account-done-removed = Het is verwijderd en kan niet meer worden gebruikt.
account-done-ended = Het toestel is afgemeld.
account-done-others = Alle andere toestellen zijn afgemeld.
account-done-language = Uw taal is opgeslagen.
account-done-password = Uw nieuwe wachtwoord is opgeslagen. Alle andere toestellen zijn afgemeld.
account-problem-last = Dit is uw enige manier om te bevestigen dat u het bent, dus het blijft. Voeg eerst een andere manier toe en verwijder daarna deze.
account-problem-many = U hebt er al zoveel als mogelijk is. Verwijder er eerst een en voeg daarna de nieuwe toe.
account-problem-name = Deze naam kan niet worden opgeslagen. Typ een naam van 1 tot 40 tekens.
account-problem-gone = Het is er niet meer: het is wellicht in een ander venster verwijderd. Er is nu niets gewijzigd.
account-factors-title = Hoe u bevestigt dat u het bent
account-factors-none = Voorlopig beschermt alleen uw wachtwoord uw account. Voeg een tweede manier toe, zodat een gestolen wachtwoord niet volstaat.
account-kind-code = App die een getal toont
account-kind-approval = Telefoon die het u vraagt
account-kind-passkey = Vingerafdruk, gezicht of pincode van een toestel
account-factor-first = Eerst gevraagd
account-factor-stopped = We aanvaarden dit niet meer: het lijkt te zijn gekopieerd. Verwijder het en voeg het opnieuw toe.
account-factor-again = Deze telefoon kan voorlopig geen aanmeldingen bevestigen: elke ja vraagt een vingerafdruk, een gezicht of een pincode. Voeg hem opnieuw toe en verwijder dan deze regel.
account-factor-added = Toegevoegd op { $day }
account-factor-used = Laatst gebruikt op { $day }
account-factor-change = Wijzigen
account-factor-name = Naam
account-factor-rename = Naam opslaan
account-factor-ask-first = Dit het eerst vragen
account-factor-remove = Verwijderen
account-factor-remove-lead = Daarna kunt u er niet meer mee aanmelden. Wilt u het terug, dan stelt u het opnieuw in.
account-factor-remove-submit = Nu verwijderen
account-factor-only = Dit is uw enige manier om te bevestigen dat u het bent, dus het blijft. Voeg eerst een andere manier toe, dan kunt u deze verwijderen.
account-add = Een andere manier toevoegen
account-codes-left = Noodcodes over:
account-codes-few = Er zijn er nog maar enkele over. Maak binnenkort een nieuwe lijst, zodat u altijd binnen kunt.
account-codes-none = Er is geen noodcode meer over. Maak nu een nieuwe lijst, zodat u binnen kunt zonder uw telefoon.
account-codes-new = Een nieuwe lijst maken
account-codes-new-lead = U krijgt tien nieuwe codes. Die van uw oude lijst werken meteen niet meer.
account-codes-new-submit = De lijst nu maken
account-password-lead = Kent iemand anders het misschien? Kies dan een ander.
account-password-open = Een ander wachtwoord kiezen
account-sessions-title = Waar u aangemeld bent
account-sessions-lead = Staat er een toestel bij dat u niet kent? Meld het af en kies daarna een ander wachtwoord.
account-session-unknown = Onbekend toestel
account-session-this = Dit toestel
account-session-address = Vanaf het adres { $address }
account-used-now = Zonet gebruikt
account-used-minutes = { $number } min. geleden gebruikt
account-used-hours = { $number } uur geleden gebruikt
account-used-day = Gebruikt op { $day }
account-session-end = Afmelden
account-sessions-end-others = Alle andere toestellen afmelden
account-language-title = Uw taal
account-language-label = Voor onze pagina’s en voor e-mails aan u
account-language-save = Taal opslaan
own-password-lead = Wanneer u het opslaat, worden al uw andere toestellen afgemeld.
own-password-current-label = Wachtwoord tot nu toe
own-password-submit = Het nieuwe wachtwoord opslaan
own-password-back = Mijn wachtwoord houden en teruggaan
own-password-missing = Uw wachtwoord tot nu toe is nog nodig. Typ het in het eerste veld.
own-password-wrong = Dit is niet uw wachtwoord tot nu toe. Kijk het na en typ het opnieuw; hoofdletters tellen mee.

## Signing out

sign-out-title = Wilt u zich afmelden?
sign-out-lead = U bent aangemeld als { $name }. Bewaar eerst uw werk in het portaal.
sign-out-submit = Afmelden
sign-out-everywhere = Afmelden op al mijn toestellen
sign-out-stay = Aangemeld blijven
signed-out-title = U bent afgemeld
signed-out-lead = Gebruiken andere mensen deze computer? Sluit dan ook de vensters van de browser.
signed-out-again = Opnieuw aanmelden

onward-title = U bent aangemeld
onward-lead = Wij brengen u naar de pagina die u wilde. Gebeurt er niets? Druk dan op de knop.
onward-go = Verder

kept-title = Wat u verstuurde, is bewaard
kept-sign-in-lead = Meld u opnieuw aan; daarna kunt u het versturen. Het wordt 15 minuten bewaard en is nog niet verstuurd.
kept-sign-in-go = Opnieuw aanmelden
kept-prove-lead = Laat ons voor uw veiligheid nog eens zien dat u het bent; daarna kunt u het versturen. Het wordt 15 minuten bewaard en is nog niet verstuurd.
kept-prove-go = Tonen dat u het bent
kept-send-lead = U bent aangemeld. Wat u invulde, is nog niet verstuurd; nu kunt u het versturen.
kept-send-go = Nu versturen
kept-send-not = Terug zonder te versturen
kept-from-title = Een formulier van een andere website
kept-from-site = Het is ingevuld op { $site }, en uw browser heeft het hier gebracht. Het is nog niet doorgegeven.
kept-from-nameless = Het is ingevuld op een andere website, die haar naam niet noemt, en uw browser heeft het hier gebracht. Het is nog niet doorgegeven.
kept-from-care = Verstuur het alleen als u daar net was en hierheen wilde terugkeren. Ga anders terug zonder te versturen.
kept-from-sign-in = Meld u eerst aan; daarna kunt u beslissen. Het wordt één minuut bewaard.
kept-from-prove = Laat ons voor uw veiligheid nog eens zien dat u het bent; daarna kunt u beslissen. Het wordt één minuut bewaard.
kept-away-title = Versturen lukt nu niet
kept-away-lead = Het portaal antwoordt niet. Wat u invulde, is nog bewaard: wacht even en verstuur het dan nog een keer.
kept-other-lead = Dit is onder een andere naam ingevuld, en alleen die persoon kan het versturen. Meld u af en meld u daarna met die naam aan.
kept-other-go = Afmelden
kept-gone-title = Wat u verstuurde, is niet meer bewaard
kept-gone-lead = Het is 15 minuten bewaard, of het is al verstuurd. Vul het formulier alstublieft nog een keer in.
kept-gone-go = Naar de startpagina

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
refused-handover-heading = Open de pagina opnieuw
refused-handover-text = De aanmelding is niet op tijd op deze pagina aangekomen, of ze is in een andere browser begonnen. U hebt niets verkeerd gedaan: ga naar de startpagina en probeer het opnieuw.
refused-cookies-heading = Uw browser houdt u niet aangemeld
refused-cookies-text = Om u aangemeld te houden, moet deze website een kleine notitie in uw browser kunnen bewaren (een cookie). Sta cookies toe voor deze website en open de pagina daarna opnieuw. Een andere browser kan ook helpen.
refused-form-too-large-heading = Dit is te veel om voor u te bewaren
refused-form-too-large-text = U was een tijdje weg. Daarom is het niet verstuurd, en het is te groot om te bewaren. Ga in uw browser terug en kopieer uw tekst voor u verdergaat. Meld u daarna aan en verstuur het opnieuw.
refused-form-gone-heading = Dit formulier is niet verstuurd
refused-form-gone-text = Het is niet meer bewaard: er zijn 15 minuten voorbij, of het is al verstuurd. Kijk of het is aangekomen voor u het opnieuw invult.
refused-form-unsure-heading = Wij weten niet of uw formulier is aangekomen
refused-form-unsure-text = Het is verstuurd, maar er kwam geen antwoord, en het is niet meer bewaard. Kijk of het is aangekomen voor u het opnieuw invult.

## Inside an app’s frame

frame-title = Meld u opnieuw aan om verder te gaan
frame-text = Aanmelden kan alleen in het volledige venster.
frame-open = Het volledige venster openen

## The phone that confirms sign-ins

phone-title = Bevestigen op deze telefoon
phone-no-script = Deze pagina heeft JavaScript nodig. Zet het aan in de instellingen van uw browser en laad de pagina opnieuw. Of kies een andere manier op uw computer.
phone-cannot-title = Deze browser kan de verbinding niet bewaren
phone-cannot = Is dit een privévenster? Open de pagina dan in een gewoon venster. Helpt dat niet, probeer dan een andere browser of kies een andere manier op uw computer.
phone-install-title = Zet deze pagina eerst op uw beginscherm
phone-install-lead = Een iPhone of iPad bewaart de verbinding alleen voor pagina’s op het beginscherm, en alleen die kunnen u een melding geven. Er wordt niets gedownload.
phone-install-share = Tik op het teken Deel.
phone-install-share-hint = Een vierkant met een pijl, onderaan of bovenaan het scherm. Ziet u het niet? Tik dan eerst op de drie puntjes.
phone-install-add = Kies “Zet op beginscherm”.
phone-install-add-hint = Scrol naar beneden om het te vinden. Tik dan op Voeg toe.
phone-install-open = Open ze op het beginscherm.
phone-install-open-hint = Ze heet daar: { $portal }.
phone-install-type = Typ daar de code.
phone-install-type-hint = Hij staat op uw computer.
phone-install-code = De code voor stap 4
phone-install-code-why = Uw telefoon laat deze pagina hem niet doorgeven, daarom moet u hem typen. Uw computer toont hem ook.
phone-connect-title = Deze telefoon verbinden met { $portal }?
phone-connect-lead = Vanaf dan stelt hij u een vraag wanneer u zich aanmeldt. Zonder deze telefoon komt niemand anders binnen.
phone-connect-code = Code die uw computer toont
phone-connect-code-hint = Twaalf letters en cijfers. Hoofdletters en spaties maken niet uit.
phone-connect-name = Naam van deze telefoon
phone-connect-name-hint = Zo herkent u hem in uw account.
phone-connect-android = Android-telefoon
phone-connect-device = Mijn toestel
phone-connect-submit = Deze telefoon verbinden
phone-connect-not-now = Nu niet
phone-ring-title = Wilt u een melding op deze telefoon wanneer u zich aanmeldt?
phone-ring-lead = U tikt dan op de melding en bent op de juiste plaats. Wij gebruiken meldingen voor niets anders.
phone-ring-then = De telefoon vraagt of u het goedvindt. Kies “Toestaan”.
phone-ring-submit = Ja, geef een melding
phone-ring-without = Verbinden zonder meldingen
phone-key-called = Aanmeldingen bevestigen: { $portal }
phone-key-title = Toon telkens dat u het bent
phone-key-lead = Voor deze telefoon ja zegt, vraagt hij uw vingerafdruk, uw gezicht of zijn pincode. Zo kan niemand anders er een aanmelding mee bevestigen.
phone-key-then = Wij stellen dat nu in: uw telefoon vraagt het één keer. Uw vingerafdruk en uw gezicht blijven op de telefoon; wij zien ze nooit.
phone-key-submit = Instellen met vinger, gezicht of pincode
phone-key-cannot = Deze telefoon kan dat niet
phone-keyless-title = Deze telefoon kan niet tonen dat u het bent
phone-keyless-lead = Daarvoor is een schermvergrendeling nodig: een vingerafdruk, uw gezicht of een pincode. Zet die aan in de instellingen van deze telefoon en probeer het dan opnieuw.
phone-keyless-next = Lukt dat niet, ga dan terug naar uw computer en kies daar een andere manier, bijvoorbeeld een app die een getal toont.
phone-keyless-submit = Opnieuw proberen
phone-again-title = Verbind deze telefoon opnieuw
phone-again-lead = Deze telefoon kan voorlopig geen aanmeldingen bevestigen: elke ja vraagt nu uw vingerafdruk, uw gezicht of de pincode van de telefoon, en dat is hier niet ingesteld.
phone-again-account = Gebruikersnaam:
phone-again-next = Meld u op uw computer op een andere manier aan, bijvoorbeeld met een noodcode. Kies op de pagina van uw account “Een andere manier toevoegen” en verbind deze telefoon met de code die u daar ziet.
phone-again-help = Hebt u geen andere manier? Bel uw helpdesk.
phone-again-submit = De code typen
phone-waiting-title = Deze telefoon is verbonden
phone-waiting-lead = Nu hoeft u niets te doen. Wanneer u zich aanmeldt, stelt deze pagina u een vraag.
phone-waiting-look = Nu nakijken
phone-waiting-nothing = Wij hebben net gekeken. Er is geen vraag voor u.
phone-waiting-offline = Wij kunnen het portaal niet bereiken. Kijk na of deze telefoon met het internet verbonden is. Wij blijven proberen.
phone-waiting-ring = Meldingen
phone-waiting-ring-on = Aan: u krijgt een melding wanneer u zich aanmeldt.
phone-waiting-ring-off = Uit: open deze pagina wanneer u zich aanmeldt, of zet meldingen aan.
phone-waiting-ring-blocked = Niet toegestaan op deze telefoon: open deze pagina wanneer u zich aanmeldt. Wilt u toch een melding? Sta meldingen van deze pagina dan toe in de instellingen van de telefoon.
phone-waiting-ring-never = Hier niet mogelijk: open deze pagina wanneer u zich aanmeldt. Al de rest werkt.
phone-waiting-ring-now = Meldingen aanzetten
phone-waiting-accounts = Verbonden accounts
phone-waiting-add = Nog een account verbinden
phone-request-title = Bent u zich aan het aanmelden?
phone-request-lead = Kijk of alles klopt. Was u het niet? Kies dan de tweede knop.
phone-request-first = Probeer het meteen: typ het getal dat uw computer toont. Zo gaat het voortaan elke keer.
phone-request-portal = Portaal
phone-request-account = Gebruikersnaam
phone-request-browser = Toestel
phone-request-place = Plaats
phone-request-place-same = Dezelfde internetverbinding als deze telefoon
phone-request-place-other = Een andere internetverbinding:
phone-request-place-normal = Dat is normaal als deze telefoon niet op wifi zit.
phone-request-time = Tijdstip
phone-request-time-now = zonet
phone-request-time-one = een minuut geleden
phone-request-time-two = twee minuten geleden
phone-request-number = Getal dat uw computer toont
phone-request-number-hint = Meldt u zich op deze telefoon aan? Dan staat het getal op de pagina waar u vandaan komt.
phone-request-yes = Ja, ik ben het
phone-request-no = Nee, ik ben het niet
phone-request-left-two = U hebt er twee minuten voor.
phone-request-left-one = U hebt nog ongeveer een minuut. Daarna kan uw computer het opnieuw vragen.
phone-request-left-half = U hebt nog een halve minuut. Daarna kan uw computer het opnieuw vragen.
phone-stop-title = Deze aanmelding stoppen?
phone-stop-lead = Misschien kent dan iemand anders uw wachtwoord. Wij beëindigen alles wat met deze aanmelding werd geopend, en wij verwittigen uw helpdesk.
phone-stop-submit = Ja, stoppen
phone-stop-back = Nee, ga terug
phone-approved-title = Bevestigd
phone-approved-lead = Ga verder op uw computer. De pagina gaat daar vanzelf verder.
phone-wrong-title = Uw computer toont een ander getal
phone-wrong-lead = Om uw account te beschermen, kan elk getal maar één keer geprobeerd worden.
phone-wrong-next = Druk op uw computer op “Opnieuw vragen”. Er verschijnt een nieuw getal: typ dat hier.
phone-refused-title = Deze aanmelding is gestopt
phone-refused-lead = Wij hebben deze aanmelding gestopt en alles beëindigd wat ermee werd geopend. Wij hebben uw helpdesk verwittigd en u een e-mail gestuurd.
phone-refused-next = Was u het niet? Kies dan een nieuw wachtwoord: wij vragen er u een wanneer u zich de volgende keer aanmeldt.
phone-over-title = Deze vraag is gesloten
phone-over-lead = De tijd was om, of uw computer heeft het opnieuw gevraagd. Meldt u zich nu aan? Druk dan op uw computer op “Opnieuw vragen”.
phone-gone-title = Deze telefoon is niet meer verbonden
phone-gone-lead = Hij werd van de account verwijderd, of de voorbereiding was niet op tijd klaar.
phone-gone-account = Gebruikersnaam:
phone-gone-next = U kunt hem opnieuw verbinden: doe dat op uw computer.
phone-gone-submit = Deze account hier vergeten
phone-close = Dit bericht sluiten
phone-problem-code-missing = De code ontbreekt nog. Typ de code die uw computer toont.
phone-problem-code-shape = De code heeft twaalf letters en cijfers, in groepjes van vier. Kijk opnieuw op uw computer en typ hem helemaal.
phone-problem-code-over = Deze code is niet of niet meer geldig. Elke code werkt één keer, en tien minuten lang. Vraag op uw computer een nieuwe en typ die hier.
phone-problem-too-many = Deze account heeft al zoveel telefoons als kan. Verwijder op uw computer een telefoon die u niet meer gebruikt en verbind dan deze.
phone-problem-number-missing = Het getal ontbreekt nog. Om ja te zeggen, typt u het getal dat uw computer toont.
phone-problem-number-shape = Het getal heeft niet de juiste lengte. Kijk opnieuw op uw computer en typ alle cijfers, niets anders.
phone-problem-not-confirmed = Wij hebben niet gezien dat u het bent, en er is niets bevestigd. Druk opnieuw en toon dan uw vinger of uw gezicht, of typ de pincode van de telefoon.
phone-problem-slow-down = Dat was veel in korte tijd, en er is niets veranderd. Wacht enkele minuten en probeer het dan opnieuw.
phone-problem-offline = Wij kunnen het portaal niet bereiken. Kijk na of deze telefoon met het internet verbonden is en druk dan opnieuw.
phone-problem-fault = Er ging bij ons iets mis. Wacht even en druk dan opnieuw. Gebeurt het nog eens, vraag dan hulp.

## Mails: subjects

mail-access-subject = { $portal }: uw toegang
mail-password-subject = { $portal }: uw voorlopige wachtwoord
mail-factor-added-subject = { $portal }: er is een manier toegevoegd om te bevestigen dat u het bent
mail-second-set-up-subject = { $portal }: wij hebben iets op uw account tegengehouden
mail-factor-removed-subject = { $portal }: er is een manier verwijderd om te bevestigen dat u het bent
mail-spares-made-subject = { $portal }: u hebt nieuwe noodcodes
mail-spare-used-subject = { $portal }: er is een noodcode gebruikt
mail-password-changed-subject = { $portal }: uw wachtwoord is veranderd
mail-refused-subject = { $portal }: iemand lijkt uw wachtwoord te kennen
mail-slowed-subject = { $portal }: uw telefoon kreeg heel vaak een vraag
mail-cloned-subject = { $portal }: wij aanvaarden een van uw toestellen niet meer
mail-pass-issued-subject = { $portal }: er is een tijdelijke pas voor uw account gegeven
mail-reset-subject = { $portal }: uw wachtwoord

## Mails: how every one begins and ends

mail-greeting = Dag { $name },
mail-greeting-nobody = Dag,
mail-safe = Wij vragen u nooit uw wachtwoord, niet aan de telefoon en niet per e-mail.
mail-automatic = Deze e-mail is automatisch verstuurd.

## Mails: your access

mail-access-title = Uw toegang is klaar
mail-access-lead = U kunt zich nu aanmelden. De eerste keer duurt dat ongeveer drie minuten.
mail-access-name = Uw gebruikersnaam
mail-access-password = Uw voorlopige wachtwoord
mail-access-password-apart = Uw voorlopige wachtwoord komt in een tweede e-mail.
mail-access-ready = Houd dit bij de hand
mail-access-ready-phone = Uw telefoon. Op het scherm ziet u hoe u hem gebruikt.
mail-access-ready-mail = Deze e-mail, met uw gebruikersnaam.
mail-access-button = Naar de aanmeldpagina
mail-access-button-address = Werkt de knop niet? Kopieer dan dit adres naar uw browser:
mail-access-address = Open deze pagina om u aan te melden:
mail-access-guide = Bekijk de gids, stap voor stap
mail-access-guide-address = De gids toont u elke stap:
mail-until = Meld u voor het eerst aan vóór { $day }. Daarna is het voorlopige wachtwoord niet meer geldig en hebt u een nieuw nodig.

## Mails: the provisional password in a mail of its own

mail-password-title = Uw voorlopige wachtwoord
mail-password-lead = Gebruik het om u voor het eerst aan te melden. Uw gebruikersnaam en het adres van de aanmeldpagina staan in een andere e-mail.
mail-password-own = Daarna kiest u uw eigen wachtwoord.

## Mails: a way to sign in was added

mail-factor-added-title = Er is een manier om te bevestigen toegevoegd
mail-factor-added-lead = Op { $day } is aan uw account een manier toegevoegd om te bevestigen dat u het bent die zich aanmeldt: een app, een telefoon of een ander toestel.
mail-all-well = Was u dat? Dan is alles in orde.

## Mails: somebody began to secure the account a second time

mail-second-set-up-title = Wij hebben iets tegengehouden
mail-second-set-up-lead = Op { $day } wilde iemand uw account een tweede keer beveiligen, terwijl dat elders al bezig was. Wij hebben die tweede poging tegengehouden. Er is niets aan uw account veranderd.
mail-second-set-up-you = Was u dat, in een ander venster of op een ander toestel? Dan is alles in orde. Ga verder waar u begonnen bent.

## Mails: a way to sign in was removed

mail-factor-removed-title = Er is een manier om te bevestigen verwijderd
mail-factor-removed-lead = Op { $day } is van uw account een manier verwijderd om te bevestigen dat u het bent: een app, een telefoon of een ander toestel. Daarmee komt niemand nog binnen.

## Mails: the codes on paper

mail-spares-made-title = U hebt nieuwe noodcodes
mail-spares-made-lead = Op { $day } is voor uw account een nieuwe lijst met noodcodes gemaakt. De codes van de oude lijst werken niet meer.
mail-spare-used-title = Er is een noodcode gebruikt
mail-spare-used-lead = Op { $day } is een van uw noodcodes gebruikt om zich op uw account aan te melden.
mail-spare-used-you = Was u dat? Dan is alles in orde. Schrap die code op uw lijst.

## Mails: another password

mail-password-changed-title = Uw wachtwoord is veranderd
mail-password-changed-lead = Op { $day } is het wachtwoord van uw account veranderd. Alleen het nieuwe werkt nog, en alle andere toestellen zijn afgemeld.

## Mails: what was stopped on the phone

mail-refused-title = Iemand lijkt uw wachtwoord te kennen
mail-refused-lead = Op { $day } heeft iemand uw wachtwoord getypt en geprobeerd zich aan te melden. Dat is op uw telefoon geweigerd. Wij hebben deze aanmelding gestopt en alles beëindigd wat ermee werd geopend.
mail-refused-you = Hebt u zelf geweigerd? Dan hebt u juist gehandeld. Als u zich de volgende keer aanmeldt, vragen wij u een nieuw wachtwoord te kiezen.
mail-slowed-title = Uw telefoon kreeg heel vaak een vraag
mail-slowed-lead = Op { $day } heeft iemand die uw wachtwoord kent keer op keer geprobeerd zich aan te melden. Uw telefoon kreeg telkens een vraag. Wij laten hem nu een tijdje met rust.
mail-slowed-you = Was u dat? Wacht dan even en meld u daarna opnieuw aan.

## Mails: a copied key

mail-cloned-title = Wij aanvaarden een van uw toestellen niet meer
mail-cloned-lead = Op { $day } is een van uw toestellen gebruikt om te bevestigen dat u het bent, en de sleutel ervan lijkt gekopieerd te zijn. Om uw account te beschermen aanvaarden wij die sleutel niet meer.
mail-cloned-you = Was u dat? Meld u dan op een andere manier aan, bijvoorbeeld met een noodcode, en stel het toestel opnieuw in.

## Mails: a pass

mail-pass-issued-title = Er is een tijdelijke pas voor uw account gegeven
mail-pass-issued-lead = Op { $day } is voor uw account een tijdelijke pas gegeven, zoals voor iemand die zijn telefoon kwijt is. Hij werkt één keer, na het wachtwoord, om een nieuwe telefoon of een nieuw toestel in te stellen.
mail-pass-issued-you = Hebt u erom gevraagd? Dan is alles in orde.

## Mails: a forgotten password

mail-reset-title = Kies een nieuw wachtwoord
mail-reset-lead = Op onze aanmeldpagina is een nieuw wachtwoord gevraagd. U kunt het nu kiezen.
mail-reset-button = Een nieuw wachtwoord kiezen
mail-reset-address = Open deze pagina:
mail-reset-code = Of typ deze code op de pagina waar u erom hebt gevraagd:
mail-reset-until = Dit werkt één keer, binnen { $minutes } minuten nadat het is gevraagd.
mail-reset-not-asked = Hebt u niets gevraagd? Dan hoeft u niets te doen: uw wachtwoord blijft zoals het is.
mail-reset-again-call = Gebeurt dit keer op keer? Bel ons dan op { $phone }.
mail-reset-again-contact = Gebeurt dit keer op keer? Verwittig dan de persoon die u toegang heeft gegeven.
mail-not-yet-title = Gebruik uw voorlopige wachtwoord
mail-not-yet-lead = Op onze aanmeldpagina is een nieuw wachtwoord gevraagd. U hebt er zelf nog geen gekozen: meld u aan met het voorlopige wachtwoord uit de e-mail over uw toegang.
mail-not-yet-call = Hebt u die e-mail niet meer? Bel ons dan op { $phone }.
mail-not-yet-contact = Hebt u die e-mail niet meer? Vraag het aan de persoon die u toegang heeft gegeven.
mail-too-late-title = Uw voorlopige wachtwoord is niet meer geldig
mail-too-late-lead = Op onze aanmeldpagina is een nieuw wachtwoord gevraagd. U hebt er zelf nog geen gekozen, en het voorlopige wachtwoord uit de e-mail over uw toegang was geldig tot { $day }. U hebt een nieuw nodig.
mail-too-late-call = Bel ons op { $phone } om een nieuw voorlopig wachtwoord te krijgen.
mail-too-late-contact = Vraag een nieuw voorlopig wachtwoord aan de persoon die u toegang heeft gegeven.

## Mails: if it was not you

mail-not-you-call = Was u dat niet? Bel ons dan meteen op { $phone }.
mail-not-you-contact = Was u dat niet? Verwittig dan meteen de persoon die u toegang heeft gegeven.

## Mails: the months

mail-month-january = januari
mail-month-february = februari
mail-month-march = maart
mail-month-april = april
mail-month-may = mei
mail-month-june = juni
mail-month-july = juli
mail-month-august = augustus
mail-month-september = september
mail-month-october = oktober
mail-month-november = november
mail-month-december = december

## The guide to the first connection, as a page and as a document to print

guide-title = Uw eerste aanmelding, stap voor stap
guide-lead = U doet dit maar één keer. De afbeeldingen tonen de pagina’s die u zult zien.
guide-print = Deze gids afdrukken (pdf)
guide-before-title = Voor u begint
guide-before-mail = De e-mail over uw toegang, met uw gebruikersnaam en uw voorlopige wachtwoord
guide-before-phone = Uw smartphone, verbonden met het internet
guide-before-time = Drie rustige minuten
guide-open = Open daarna dit adres, het liefst op een computer:
guide-sign-in = Typ uw gebruikersnaam. U vindt hem in de e-mail over uw toegang.
guide-choose = Kies daarna “{ $button }”.
guide-alt-sign-in = Afbeelding: één veld voor de gebruikersnaam, met een knop eronder.
guide-alt-password = Afbeelding: uw gebruikersnaam bovenaan, één veld voor het wachtwoord en een knop eronder.
guide-alt-secure = Afbeelding: waarom een tweede bewijs nodig is, en een keuze van manieren met de app als eerste.
guide-alt-get-app = Afbeelding: de twee appwinkels, elk met een vierkante code om te scannen met de telefoon.
guide-alt-set-up-app = Afbeelding: drie kleine tekeningen van de telefoon: de app openen, op het plusteken tikken, het soort account kiezen.
guide-alt-scan = Afbeelding: een grote vierkante code om te scannen met de app, met een knop eronder.
guide-alt-prove = Afbeelding: één veld voor de zes cijfers die de app toont.
guide-alt-recovery-codes = Afbeelding: een lijst van tien codes om te bewaren.
guide-alt-success = Afbeelding: een vinkje en de melding dat de app klaar is.
guide-alt-new-password = Afbeelding: drie velden, voor het oude wachtwoord en tweemaal het nieuwe, met de lijst van regels.
guide-alt-done = Afbeelding: een vinkje en de melding dat alles klaar is, met een knop om verder te gaan.
guide-next-title = De volgende keer
guide-problem-title = Als er iets niet lukt
guide-problem-code-title = Het getal wordt niet aanvaard
guide-problem-code-text = Elk getal is dertig seconden geldig. Wacht op het volgende en typ het. Wordt dat ook niet aanvaard, kijk dan naar de klok van uw telefoon: in de instellingen moeten datum en tijd op automatisch staan.
guide-problem-stopped-title = U moest tussendoor stoppen
guide-problem-stopped-text = Meld u opnieuw aan: u gaat verder waar u gestopt bent. Tot alles klaar is, gebruikt u het voorlopige wachtwoord; in de e-mail staat tot wanneer het geldig is.
guide-problem-only-phone-title = U hebt alleen een telefoon
guide-problem-only-phone-text = Open hetzelfde adres op uw telefoon. Waar deze gids een afbeelding toont om te scannen, vindt u daar een knop om op te tikken. Keer daarna terug naar de pagina.
guide-problem-phone-title = U hebt geen smartphone, of u bent hem kwijt
guide-problem-phone-text = Vraag ons om hulp. We zoeken samen met u een andere manier.
guide-problem-password-title = U bent uw wachtwoord vergeten
guide-problem-password-text = Kies op de pagina voor het wachtwoord “Wachtwoord vergeten?” en volg wat daar staat.
guide-help-phone = Hulp: { $phone }
guide-page = Pagina { $number }
guide-pages = van { $count }
