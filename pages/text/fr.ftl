### French, vous. Short plain sentences; a button says what happens; an error says what happened and what to do.
### The four files hold the same keys, in the same order.

## Every page

language-picker = Langue
error-prefix = Erreur :
who-is-here = Vous êtes ici sous le nom
who-not-you = Ce n’est pas vous ?
help-title = Aide
help-call = Appelez-nous, nous vous aidons volontiers.
help-no-phone = Adressez-vous à la personne qui vous a donné votre accès. Elle peut vous aider.
help-link = Plus d’aide
help-code = Code d’aide :
help-code-use = Donnez-le quand vous appelez : nous voyons alors à quelle étape vous êtes.
help-safe = Au téléphone, nous ne vous demandons jamais votre mot de passe ni un nombre de votre application.
start-link = Aller à la page d’accueil
ends-text = Pour votre sécurité, cette page se ferme dans cinq minutes.
ends-more = Encore du temps
ends-more-given = La page reste ouverte.
ends-over = Pour votre sécurité, cette page s’est fermée. Vous pouvez recommencer tout de suite.
ends-start-again = Recommencer

## The progress of the first connection

step-number = Étape { $number }
step-of = sur { $of }
step-access = Votre accès
step-secure = Sécuriser votre compte
step-password = Choisir votre mot de passe
step-done = Terminé

## The page people keep among their bookmarks

home-title = Bienvenue
home-lead = Connectez-vous ici pour accéder à votre portail.
home-sign-in = Se connecter
home-first-title = C’est votre première fois ?
home-first-lead = Le guide montre chaque étape en image. Comptez environ trois minutes.
home-first-guide = Lire le guide
home-first-pdf = Guide à imprimer (PDF)
home-signed-in-title = Connexion réussie
home-signed-in-as = Votre nom d’utilisateur : { $name }
home-go-on = Aller au portail
home-account = Mon compte
home-sign-out = Se déconnecter
home-keep-title = Gardez cette page
home-keep-lead = La prochaine fois, vous la retrouverez en un clic.
home-keep-computer = Sur un ordinateur : appuyez sur Ctrl et D en même temps.
home-keep-mac = Sur un Mac : appuyez sur Commande (⌘) et D en même temps.
home-keep-iphone = Sur un iPhone ou un iPad : touchez Partager, puis « Sur l’écran d’accueil ».
home-keep-android = Sur un téléphone Android : ouvrez le menu (⋮), puis touchez « Ajouter à l’écran d’accueil ».
home-keep-others = Sur un autre appareil

## The accounts this browser has used

picker-title = Choisissez votre compte
picker-lead = Ces comptes ont déjà été utilisés dans ce navigateur.
picker-forget = Oublier
picker-forget-who = Oublier { $name } dans ce navigateur
picker-other = Utiliser un autre compte

## Signing in: the user name

sign-in-title = Se connecter
sign-in-name-label = Nom d’utilisateur
sign-in-name-hint = Il se trouve dans l’e-mail au sujet de votre accès.
sign-in-next = Suivant
sign-in-name-missing = Il manque encore le nom d’utilisateur. Tapez-le ci-dessous, puis choisissez Suivant.
sign-in-start-again = Pour votre sécurité, la page s’est fermée après un moment. Recommencez avec votre nom d’utilisateur.
sign-in-no-cookie = Nous n’avons pas pu continuer. Tapez à nouveau votre nom d’utilisateur. Si ce message revient, autorisez les cookies pour ce site dans votre navigateur.
sign-in-passkey = Se connecter avec cet appareil
sign-in-passkey-wrong = Cet appareil ne vous a pas reconnu. Connectez-vous avec votre nom d’utilisateur.
sign-in-passkey-cloned = Pour protéger votre compte, nous n’acceptons plus cet appareil : il semble en exister une copie. Connectez-vous avec votre nom d’utilisateur.

## Signing in: the password

password-title = Votre mot de passe
password-lead = C’est votre première connexion ? Utilisez le mot de passe provisoire que vous avez reçu.
password-who = Nom d’utilisateur :
password-change-name = Changer
password-label = Mot de passe
password-show = Afficher
password-shown = Le mot de passe est affiché.
password-hide = Masquer
password-hidden = Le mot de passe est masqué.
password-stay = Ne pas me déconnecter sur cet ordinateur
password-stay-hint = À éviter sur un ordinateur que d’autres utilisent aussi.
password-submit = Se connecter
password-forgotten = Mot de passe oublié ?
password-missing = Il manque encore le mot de passe. Tapez-le ci-dessous, puis choisissez Se connecter.
password-wrong = Ce nom d’utilisateur et ce mot de passe ne vont pas ensemble. Vérifiez les deux, puis tapez à nouveau le mot de passe.
password-busy = Beaucoup de personnes se connectent en ce moment. Attendez un instant, puis tapez à nouveau votre mot de passe.
password-throttled = Pour protéger le compte, la connexion est en pause. Attendez quelques minutes, puis réessayez.
password-throttled-soon = Pour protéger le compte, la connexion est en pause un court moment. Attendez une minute, puis réessayez.

## A forgotten password

forgotten-title = Mot de passe oublié ?
forgotten-lead = Tapez votre nom d’utilisateur. Nous envoyons un e-mail à l’adresse qui y correspond.
forgotten-submit = M’envoyer l’e-mail
forgotten-have = J’ai déjà un code
forgotten-name-missing = Il manque encore le nom d’utilisateur. Tapez-le ci-dessous, puis choisissez comment continuer.
forgotten-call = Appelez le { $phone }. Nous vous aidons à obtenir un nouveau mot de passe.
forgotten-contact = Adressez-vous à la personne qui vous a donné votre accès. Elle peut vous aider à obtenir un nouveau mot de passe.
forgotten-back = Revenir à la connexion
mail-code-title = Regardez dans votre boîte e-mail
mail-code-lead = Si ce nom d’utilisateur existe, un e-mail est en route. Ouvrez-le et appuyez sur le bouton, ou tapez ici le code qui s’y trouve.
mail-code-label = Code de l’e-mail
mail-code-hint = Dix lettres et chiffres, en deux groupes de cinq.
mail-code-submit = Vérifier le code
mail-code-missing = Il manque encore le code. Tapez le code de l’e-mail.
mail-code-shape = Le code a dix lettres et chiffres. Regardez à nouveau l’e-mail et tapez-le en entier.
mail-code-wrong = Ce code n’est pas valable, ou ne l’est plus. Tapez le code de l’e-mail le plus récent, ou demandez un autre e-mail.
mail-code-busy = Beaucoup de personnes se connectent en ce moment. Attendez un instant, puis vérifiez à nouveau le code.
mail-code-none-title = Pas d’e-mail ?
mail-code-none-text = Cela peut prendre quelques minutes. Regardez aussi dans les courriers indésirables et vérifiez le nom d’utilisateur ci-dessus. Nous envoyons au plus trois e-mails par heure.
mail-code-none-call = Vous pouvez aussi appeler le { $phone }.
mail-code-none-contact = Vous pouvez aussi vous adresser à la personne qui vous a donné votre accès.
mail-code-again = Demander un autre e-mail
reset-title = Choisissez un nouveau mot de passe
reset-lead = Appuyez sur le bouton pour continuer. Si vous confirmez avec votre téléphone ou avec un nombre quand vous vous connectez, nous vous le demandons d’abord.
reset-submit = Continuer
reset-over-title = Ce lien n’est plus valable
reset-over-lead = Il sert une seule fois, pendant une demi-heure, et seulement dans l’e-mail le plus récent. Vous pouvez demander un autre e-mail.

## Signing in: the number from the app

code-title = Le nombre de votre application
code-lead = Ouvrez l’application sur votre téléphone et tapez le nombre à six chiffres affiché pour ce portail.
code-label = Nombre à six chiffres
code-submit = Se connecter
code-missing = Il manque encore le nombre. Ouvrez l’application sur votre téléphone et tapez les six chiffres affichés.
code-shape = Le nombre a exactement six chiffres. Regardez à nouveau l’application et tapez les six.
code-wrong = Ce n’est pas le nombre que l’application montre maintenant. Vérifiez que vous regardez celui de ce portail, attendez le suivant et tapez-le.
code-clock-ahead = L’horloge de votre téléphone avance (environ { $minutes } min). Dans les réglages du téléphone, mettez la date et l’heure en automatique, puis attendez un nouveau nombre et tapez-le.
code-clock-behind = L’horloge de votre téléphone retarde (environ { $minutes } min). Dans les réglages du téléphone, mettez la date et l’heure en automatique, puis attendez un nouveau nombre et tapez-le.
code-used = Ce nombre a déjà servi. Attendez que l’application montre le suivant (30 secondes au plus) et tapez-le.
code-older = Ce nombre vient d’un ancien compte dans l’application. Utilisez le plus récent pour ce portail et supprimez l’ancien dans l’application.
code-throttled = Pour protéger le compte, la connexion est en pause. Attendez quelques minutes, puis tapez un nouveau nombre.
code-throttled-soon = Pour protéger le compte, la connexion est en pause un court moment. Attendez une minute, puis tapez un nouveau nombre.
code-locked = Trop de nombres incorrects ont été saisis. Pour protéger le compte, nous n’en acceptons plus. Demandez de l’aide : voyez « Aide » sur cette page.
code-busy = Beaucoup de personnes se connectent en ce moment. Attendez un instant, puis tapez un nouveau nombre.

## Signing in: another way to prove who one is

other-ways = Une autre manière
other-way-approval = Confirmer sur mon téléphone
other-way-code = Taper le nombre de mon application
other-way-passkey = Utiliser mon empreinte, mon visage ou le code de mon appareil
other-way-recovery = Utiliser un de mes codes de secours
other-way-help = Téléphone perdu, ou rien de tout cela ne fonctionne ?

## Signing in: a code on paper

recovery-title = Un de vos codes de secours
recovery-lead = Prenez la liste que vous avez imprimée ou enregistrée. Tapez un code que vous n’avez pas encore utilisé.
recovery-label = Code de votre liste
recovery-submit = Se connecter
recovery-missing = Il manque encore le code. Tapez un code de votre liste.
recovery-shape = Un code de la liste a quinze lettres et chiffres, par groupes de cinq. Regardez à nouveau la liste et tapez-le en entier.
recovery-wrong = Ce code n’est pas valable. Chaque code ne sert qu’une fois, et une nouvelle liste remplace l’ancienne. Prenez le code suivant de votre dernière liste.

## Signing in: a yes on the phone

approve-title = Confirmez sur votre téléphone
approve-lead = Votre téléphone vous demande si c’est bien vous. Tapez-y ce numéro.
approve-number = Numéro pour votre téléphone :
approve-waiting = Nous attendons votre téléphone. Ensuite, cette page avance toute seule.
approve-answered = Votre téléphone a répondu.
approve-submit = J’ai confirmé
approve-silent = Votre téléphone ne sonne pas ?
approve-silent-text = Ouvrez cette page sur votre téléphone. Elle vous pose la question, qu’il sonne ou non.
approve-open-here = Vous vous connectez sur ce téléphone ? Retenez le numéro et ouvrez la page ici
approve-approved = Votre téléphone a confirmé.
approve-go-on = Continuer
approve-ask-lead = Gardez votre téléphone à portée de main. Il vous demandera si c’est bien vous, et vous y taperez un numéro.
approve-ask = Demander à mon téléphone
approve-again = Demander à nouveau
approve-other-phone = Relier un autre téléphone
approve-not-yet = Votre téléphone n’a pas encore confirmé. Ouvrez la page sur votre téléphone, tapez le numéro et choisissez « Oui, c’est moi ».
approve-wrong = Un autre numéro a été tapé sur le téléphone. Pour protéger votre compte, chaque numéro ne peut être essayé qu’une fois. Appuyez sur le bouton pour en recevoir un nouveau.
approve-expired = Personne n’a répondu dans les deux minutes. Prenez votre téléphone, puis demandez à nouveau.
approve-replaced = Entre-temps, votre téléphone a été interrogé pour une autre connexion. Appuyez sur le bouton pour demander à nouveau.
approve-held = Votre téléphone est en ce moment interrogé pour une autre connexion. Attendez deux minutes, puis demandez à nouveau, ou choisissez une autre manière.
approve-slowed = Votre téléphone a été interrogé plusieurs fois et personne n’a confirmé. Pour protéger votre compte, nous le laissons tranquille un moment. Attendez quelques minutes, ou choisissez une autre manière.
approve-stopped-title = Cette connexion a été arrêtée sur le téléphone
approve-stopped-lead = « Non, ce n’est pas moi » y a été choisi. Nous avons donc arrêté cette connexion.
approve-stopped-next = C’était vous ? Alors connectez-vous à nouveau. Pour protéger votre compte, vous choisirez cette fois un nouveau mot de passe.
approve-stopped-again = Se connecter à nouveau
approve-knock = C’est bien vous qui vous connectez ? Ouvrez pour répondre.

## Signing in: without the phone

lost-phone-title = Sans votre téléphone
lost-phone-lead = Il y a un autre moyen d’entrer. Utilisez ce que vous avez encore, ou appelez-nous.
lost-phone-ways = Ce que votre compte permet
lost-phone-call-title = Vous n’avez rien de tout cela ?
lost-phone-call = Appelez le { $phone } et donnez le code d’aide.
lost-phone-contact = Adressez-vous à la personne qui vous a donné votre accès et donnez le code d’aide.
lost-phone-pass = Vous recevez alors un passe. Tapez-le ici et installez votre nouveau téléphone ou appareil.
lost-phone-label = Passe que vous avez reçu
lost-phone-submit = Utiliser le passe
lost-phone-missing = Il manque encore le passe. Tapez celui que vous avez reçu.
lost-phone-shape = Un passe a dix lettres et chiffres, en deux groupes de cinq. Vérifiez ce que vous avez noté et tapez-le en entier.
lost-phone-wrong = Ce passe n’est pas valable, ou ne l’est plus. Il sert une seule fois et pour un temps limité. Vérifiez ce que vous avez noté, ou demandez-en un nouveau.

## A passkey: fingerprint, face or PIN of a device

passkey-title = Confirmez avec votre appareil
passkey-lead = Votre appareil vous demande votre empreinte, votre visage ou son code.
passkey-submit = Confirmer
passkey-make-title = Utilisez cet appareil pour vous connecter
passkey-make-lead = Votre appareil vous demande maintenant votre empreinte, votre visage ou son code. Rien de cela ne nous est envoyé.
passkey-name = Nom de cet appareil
passkey-name-hint = Pour le reconnaître plus tard, par exemple « Ordinateur du bureau ». Facultatif.
passkey-make-submit = Utiliser cet appareil
passkey-cancelled = Votre appareil n’a rien confirmé. Essayez encore une fois, ou choisissez une autre manière.
passkey-exists = Cet appareil est déjà enregistré pour votre compte. Choisissez un autre appareil ou une autre manière.
passkey-unsupported = Ce navigateur ne peut pas le faire. Choisissez une autre manière.
passkey-again = Cela a duré trop longtemps. Appuyez encore une fois sur le bouton.
passkey-wrong = Cet appareil ne vous a pas reconnu. Essayez encore une fois, ou choisissez une autre manière.
passkey-cloned = Pour protéger votre compte, nous n’acceptons plus cet appareil : il semble en exister une copie. Connectez-vous d’une autre manière.
set-up-another-way = Choisir une autre manière

## First connection: securing the account

secure-title = Sécurisons votre compte
secure-lead = Un mot de passe peut être volé. Sans votre téléphone, personne d’autre ne peut entrer.
secure-app-title = Une application sur votre téléphone
secure-app-text = Elle montre un nombre que vous tapez après votre mot de passe.
secure-choose = Comment souhaitez-vous faire ?
secure-recommended = Recommandé
secure-approval-title = Un « Oui » sur votre téléphone
secure-approval-text = Rien à installer. Votre téléphone vous pose une question, vous y tapez un nombre.
secure-passkey-title = L’empreinte, le visage ou le code de cet appareil
secure-passkey-text = L’appareil prouve que c’est vous, comme quand vous le déverrouillez.
secure-need = Ce qu’il vous faut
secure-need-phone = votre smartphone ou votre tablette
secure-need-time = environ trois minutes
secure-submit = Commencer
secure-no-phone = Pas de smartphone ? Adressez-vous à la personne qui vous a donné votre accès.
secure-no-phone-call = Pas de smartphone ? Appelez le { $phone }, nous trouverons une autre solution avec vous.

## First connection: getting the app

get-app-title = Installez l’application sur votre téléphone
get-app-lead = Nous vous conseillons Microsoft Authenticator. C’est gratuit.
get-app-tap = Touchez votre type de téléphone, installez l’application, puis revenez sur cette page.
get-app-scan = Ouvrez l’appareil photo de votre téléphone et visez l’image qui correspond à votre téléphone.
get-app-iphone = iPhone ou iPad
get-app-android = Téléphone Android
get-app-picture = Image à scanner : ouvre { $store }
get-app-search = Ou cherchez « Microsoft Authenticator » dans le magasin d’applications de votre téléphone.
get-app-any-title = J’ai déjà une autre application
get-app-any = Toute application de ce genre convient, par exemple Google Authenticator, Authy, 2FAS, Aegis ou Mots de passe d’Apple.
get-app-submit = J’ai l’application

## First connection: setting up the app

set-up-app-title = Préparez l’application
set-up-app-lead = Prenez votre téléphone. Il y a trois étapes.
set-up-app-lead-phone = Il y a trois étapes, toutes sur ce téléphone.
set-up-app-open = Ouvrez l’application.
set-up-app-open-hint = La première fois, acceptez les conditions. Vous n’avez pas à vous connecter dans l’application.
set-up-app-add = Touchez le signe +.
set-up-app-add-hint = Il se trouve en haut ou en bas de l’écran.
set-up-app-other = Choisissez « Autre compte ».
set-up-app-other-hint = D’autres applications disent « Scanner un code QR ». Autorisez l’appareil photo.
set-up-app-back = Revenez sur cette page.
set-up-app-back-hint = Vous la retrouvez dans votre navigateur, là où vous l’avez laissée.
set-up-app-tap = À la page suivante, touchez un bouton.
set-up-app-tap-hint = Il ouvre l’application et y ajoute votre compte. Rien à scanner, rien à taper.
set-up-app-submit = C’est prêt, continuer

## First connection: the account goes into the app

scan-title = Scannez cette image avec l’application
scan-lead = Visez l’image avec l’appareil photo du téléphone. L’application ajoute votre compte toute seule.
scan-title-phone = Ajoutez votre compte à l’application
scan-lead-phone = Touchez le bouton. L’application s’ouvre : acceptez, puis revenez sur cette page.
scan-open = Ouvrir l’application
scan-picture = Image à scanner (code QR). Si vous ne la voyez pas, ouvrez « Je ne peux pas scanner » en dessous.
scan-picture-phone = Image à scanner (code QR)
scan-cannot = Je ne peux pas scanner
scan-nothing-opens = Le bouton n’ouvre rien
scan-other-phone = L’application est sur un autre téléphone
scan-by-hand = Dans l’application, choisissez d’entrer le code à la main. Tapez ensuite ceci :
scan-account = Nom du compte
scan-key = Clé secrète (gardez-la pour vous)
scan-copy = Copier
scan-copied = Copié
scan-kind = Les espaces ne comptent pas. Si l’application demande le type de code, choisissez « basé sur l’heure ».
scan-submit = C’est dans l’application, continuer

## First connection: the first number, and success

prove-title = Tapez le nombre de l’application
prove-lead = L’application montre maintenant un nombre à six chiffres pour ce portail. Il change toutes les 30 secondes.
prove-submit = Vérifier le nombre
prove-scan-again = Pas de nombre dans l’application ? Scanner à nouveau

## First connection: the phone is connected

pair-title = Reliez votre téléphone
pair-lead = Visez cette image avec l’appareil photo du téléphone et ouvrez le lien. Appuyez-y ensuite sur « Relier ce téléphone ».
pair-picture = Code QR avec le lien pour votre téléphone
pair-lead-phone = Touchez le bouton. Une deuxième page s’ouvre : reliez-y votre téléphone, puis revenez sur celle-ci.
pair-open = Relier ce téléphone
pair-waiting = Nous attendons votre téléphone. Ensuite, cette page avance toute seule.
pair-connected = Votre téléphone est relié.
pair-submit = Mon téléphone est relié
pair-not-yet = Votre téléphone n’est pas encore relié. Ouvrez le lien sur votre téléphone et appuyez-y sur « Relier ce téléphone ».
pair-type = L’appareil photo ne vous aide pas, ou votre téléphone demande un code ?
pair-type-text = Ouvrez cette adresse sur votre téléphone et tapez-y le code.
pair-address = Adresse
pair-code = Code
pair-once = Le code sert une seule fois, pendant dix minutes.
pair-other-phone = Relier un autre téléphone
pair-no-code = Le code pour votre téléphone est valable dix minutes. Appuyez sur le bouton pour en recevoir un.
pair-new-code = Afficher un code
pair-joined-title = Votre téléphone est relié
pair-joined-name = Son nom :
pair-joined-next = Essayons maintenant : votre téléphone vous pose la question, et vous y tapez un numéro.
pair-joined-submit = Essayer
pair-joined-other = Relier plutôt un autre téléphone
approved-title = Notification approuvée
approved-lead = Votre téléphone a confirmé que c’est bien vous. Désormais, il le fait à chaque connexion.
approved-submit = Continuer

## First connection: the codes on paper

recovery-codes-title = Vos codes de secours
recovery-codes-lead = Si votre téléphone est perdu ou cassé, un de ces codes vous laisse entrer. Gardez-les loin du téléphone. Nous ne les montrons qu’une fois.
recovery-codes-use = Chaque code sert une seule fois, après votre mot de passe, dans n’importe quel ordre.
recovery-codes-name = Nom d’utilisateur :
recovery-codes-print = Imprimer
recovery-codes-download = Enregistrer dans un fichier
recovery-codes-copy = Copier
recovery-codes-copied = Copié
recovery-codes-submit = Je les ai gardés
success-title = Votre compte est sécurisé
success-lead = À partir de maintenant, nous vous demandons le nombre de votre application après le mot de passe.
success-keep = Gardez l’application sur votre téléphone : elle vous sert à chaque connexion.
success-lead-approval = À partir de maintenant, votre téléphone vous demande de confirmer après le mot de passe.
success-keep-approval = Gardez ce téléphone près de vous quand vous vous connectez.
success-lead-passkey = À partir de maintenant, votre appareil prouve que c’est vous.
success-keep-passkey = Sur un autre appareil, utilisez un de vos codes de secours.
success-next-password = Choisir mon mot de passe
success-next-portal = Aller au portail

## First connection: a password of one's own

new-password-title = Choisissez votre mot de passe
new-password-lead = Il remplace le mot de passe provisoire. Quelques mots que personne d’autre ne mettrait ensemble conviennent bien.
new-password-lead-forgotten = Il remplace celui que vous avez oublié. Quelques mots que personne d’autre ne mettrait ensemble conviennent bien.
new-password-current-label = Mot de passe provisoire
new-password-current-hint = Celui que vous avez reçu et venez d’utiliser.
new-password-new-label = Nouveau mot de passe
new-password-again-label = Nouveau mot de passe, encore une fois
new-password-rules = Votre nouveau mot de passe
new-password-same = Les deux mots de passe sont identiques.
new-password-different = Les deux mots de passe ne sont pas encore identiques.
new-password-submit = Enregistrer et continuer
new-password-current-missing = Il manque encore le mot de passe provisoire. Tapez celui que vous avez reçu.
new-password-current-wrong = Ce n’est pas le mot de passe provisoire. Regardez le message que vous avez reçu et tapez-le à nouveau ; les majuscules comptent.
new-password-missing = Il manque encore le nouveau mot de passe. Choisissez-en un et tapez-le ci-dessous.
new-password-too-long = Ce nouveau mot de passe est trop long. Choisissez-en un de 128 caractères au plus.
new-password-again-different = Les deux nouveaux mots de passe ne sont pas identiques. Tapez encore une fois le nouveau dans le dernier champ.
new-password-throttled = Pour protéger le compte, le changement de mot de passe est en pause. Attendez quelques minutes, puis réessayez.
new-password-throttled-soon = Pour protéger le compte, le changement de mot de passe est en pause un court moment. Attendez une minute, puis réessayez.
new-password-busy = Beaucoup de personnes se connectent en ce moment et rien n’a été changé. Attendez un instant, puis enregistrez à nouveau.
strength-title = Solidité :
strength-0 = très faible
strength-1 = faible
strength-2 = moyenne
strength-3 = bonne
strength-4 = très bonne
rule-kept = Respecté
rule-open = Pas encore
rule-all-kept = Tout est respecté.
rule-length = a au moins { $number } caractères
rule-kinds = contient { $number } de ces quatre sortes : majuscules, minuscules, chiffres, symboles
rule-not-name = ne contient pas votre nom d’utilisateur
rule-not-words = ne contient pas le nom du portail
rule-not-known = n’est pas un mot de passe connu des voleurs
rule-not-used-before = n’est pas l’un de vos { $number } derniers mots de passe
rule-printable = n’a que des caractères visibles et des espaces
rule-length-broken = Ce nouveau mot de passe est trop court. Allongez-le : quelques mots à la suite sont faciles à retenir.
rule-kinds-broken = Ce nouveau mot de passe a trop peu de sortes de caractères. Ajoutez par exemple une majuscule, un chiffre ou un symbole.
rule-not-name-broken = Ce nouveau mot de passe contient votre nom d’utilisateur ou une partie de celui-ci. Choisissez-en un sans ce nom.
rule-not-words-broken = Ce nouveau mot de passe contient le nom du portail ou un mot qui en fait partie. Choisissez-en un autre, sans ce mot.
rule-not-known-broken = Les voleurs connaissent ce mot de passe et l’essaient en premier. Choisissez-en un autre, auquel personne d’autre ne penserait.
rule-not-used-before-broken = Vous avez déjà eu ce mot de passe. Choisissez-en un que vous n’avez pas encore utilisé.
rule-printable-broken = Ce nouveau mot de passe contient un caractère invisible. Tapez-le à la main, sans le copier.

## First connection: the end, and a set-up that was overtaken

done-title = Tout est prêt
done-lead = Votre compte est sécurisé et votre mot de passe est enregistré. Le mot de passe provisoire ne fonctionne plus.
done-next-time = À partir de maintenant, vous vous connectez avec
done-need-name = votre nom d’utilisateur
done-need-password = votre propre mot de passe
done-need-number = le nombre de l’application
done-portal = Aller au portail
done-sign-in = Se connecter avec le nouveau mot de passe
done-keep = Pour revenir facilement :
done-keep-link = gardez la page d’accueil
set-up-elsewhere-title = Votre compte a été sécurisé ailleurs
set-up-elsewhere-lead = Cela s’est passé pendant que vous étiez ici. Rien n’a été changé depuis cette page.
set-up-elsewhere-you = C’était vous ?
set-up-elsewhere-you-text = Par exemple dans une autre fenêtre ou sur un autre appareil. Continuez alors en vous connectant.
set-up-elsewhere-sign-in = Se connecter
set-up-elsewhere-not-you = Ce n’était pas vous ?
set-up-elsewhere-not-you-text = Prévenez tout de suite la personne qui vous a donné votre accès : quelqu’un d’autre connaît peut-être votre mot de passe.
set-up-elsewhere-not-you-text-call = Appelez tout de suite le { $phone } : quelqu’un d’autre connaît peut-être votre mot de passe.

## Asking once more who it is

confirm-title = Est-ce toujours vous ?
confirm-lead = Pour votre sécurité, montrez-nous encore une fois que c’est bien vous. Vous pourrez ensuite continuer.
confirm-submit = Oui, continuer
confirm-back = Revenir en arrière
confirm-lead-code = Pour votre sécurité, tapez le nombre à six chiffres que votre application montre maintenant. Vous pourrez ensuite continuer.
confirm-lead-recovery = Pour votre sécurité, tapez un code de votre liste que vous n’avez pas encore utilisé. Vous pourrez ensuite continuer.
confirm-lead-password = Pour votre sécurité, tapez encore une fois votre mot de passe. Vous pourrez ensuite continuer.
confirm-go = Confirmer
password-confirm-missing = Il manque encore le mot de passe. Tapez-le ci-dessous, puis choisissez Confirmer.
password-confirm-wrong = Ce n’est pas votre mot de passe. Vérifiez-le, puis tapez-le à nouveau ; les majuscules comptent.

## One's own account

account-title = Votre compte
account-done-renamed = Le nouveau nom est enregistré.
account-done-first = C’est enregistré. Désormais, c’est ce que nous vous demandons d’abord.
account-done-removed = C’est retiré et ne peut plus servir.
account-done-ended = L’appareil est déconnecté.
account-done-others = Tous les autres appareils sont déconnectés.
account-done-language = Votre langue est enregistrée.
account-done-password = Votre nouveau mot de passe est enregistré. Tous les autres appareils sont déconnectés.
account-problem-last = C’est votre seul moyen de confirmer que c’est bien vous : il reste donc en place. Ajoutez d’abord un autre moyen, puis retirez celui-ci.
account-problem-many = Vous en avez déjà autant que possible. Retirez-en d’abord un, puis ajoutez le nouveau.
account-problem-name = Ce nom ne peut pas être enregistré. Tapez un nom de 1 à 40 caractères.
account-problem-gone = Il n’est plus là : il a sans doute été retiré dans une autre fenêtre. Rien n’a été modifié maintenant.
account-factors-title = Comment vous confirmez que c’est bien vous
account-factors-none = Pour l’instant, seul votre mot de passe protège votre compte. Ajoutez un deuxième moyen, pour qu’un mot de passe volé ne suffise pas.
account-kind-code = Application qui montre un nombre
account-kind-approval = Téléphone qui vous pose la question
account-kind-passkey = Empreinte, visage ou code d’un appareil
account-factor-first = Demandé d’abord
account-factor-stopped = Nous ne l’acceptons plus : il semble avoir été copié. Retirez-le et ajoutez-le à nouveau.
account-factor-again = Pour le moment, ce téléphone ne peut pas confirmer de connexion : chaque oui demande une empreinte, un visage ou un code. Ajoutez-le à nouveau, puis retirez cette ligne.
account-factor-added = Ajouté le { $day }
account-factor-used = Utilisé pour la dernière fois le { $day }
account-factor-change = Modifier
account-factor-name = Nom
account-factor-rename = Enregistrer le nom
account-factor-ask-first = Demander ceci d’abord
account-factor-remove = Retirer
account-factor-remove-lead = Il ne pourra plus servir à vous connecter. Pour le ravoir, vous devrez l’installer à nouveau.
account-factor-remove-submit = Retirer maintenant
account-factor-only = C’est votre seul moyen de confirmer que c’est bien vous : il reste donc en place. Ajoutez d’abord un autre moyen ; vous pourrez ensuite retirer celui-ci.
account-add = Ajouter un autre moyen
account-codes-left = Codes de secours restants :
account-codes-few = Il n’en reste que quelques-uns. Faites bientôt une nouvelle liste, pour pouvoir toujours vous connecter.
account-codes-none = Il ne reste aucun code de secours. Faites maintenant une nouvelle liste, pour pouvoir vous connecter sans votre téléphone.
account-codes-new = Faire une nouvelle liste
account-codes-new-lead = Vous recevez dix nouveaux codes. Ceux de votre ancienne liste ne fonctionnent plus dès cet instant.
account-codes-new-submit = Faire la liste maintenant
account-password-lead = Quelqu’un d’autre le connaît peut-être ? Alors, choisissez-en un autre.
account-password-open = Choisir un autre mot de passe
account-sessions-title = Où vous êtes connecté
account-sessions-lead = Y a-t-il un appareil que vous ne connaissez pas ? Déconnectez-le, puis choisissez un autre mot de passe.
account-session-unknown = Appareil inconnu
account-session-this = Cet appareil
account-session-address = Depuis l’adresse { $address }
account-used-now = Utilisé à l’instant
account-used-minutes = Utilisé il y a { $number } min
account-used-hours = Utilisé il y a { $number } h
account-used-day = Utilisé le { $day }
account-session-end = Déconnecter
account-sessions-end-others = Déconnecter tous les autres appareils
account-language-title = Votre langue
account-language-label = Pour nos pages et pour les e-mails que vous recevez
account-language-save = Enregistrer la langue
own-password-lead = Quand vous l’enregistrez, tous vos autres appareils sont déconnectés.
own-password-current-label = Mot de passe jusqu’ici
own-password-submit = Enregistrer le nouveau mot de passe
own-password-back = Garder mon mot de passe et revenir
own-password-missing = Il manque encore votre mot de passe jusqu’ici. Tapez-le dans le premier champ.
own-password-wrong = Ce n’est pas votre mot de passe jusqu’ici. Vérifiez-le, puis tapez-le à nouveau ; les majuscules comptent.

## Signing out

sign-out-title = Voulez-vous vous déconnecter ?
sign-out-lead = Votre nom d’utilisateur : { $name }. Enregistrez d’abord votre travail dans le portail.
sign-out-submit = Se déconnecter
sign-out-everywhere = Me déconnecter sur tous mes appareils
sign-out-stay = Ne pas me déconnecter
signed-out-title = Déconnexion réussie
signed-out-lead = D’autres personnes utilisent cet ordinateur ? Fermez aussi les fenêtres du navigateur.
signed-out-again = Se reconnecter

onward-title = Vous êtes connecté
onward-lead = Nous vous conduisons à la page demandée. Si rien ne se passe, appuyez sur le bouton.
onward-go = Continuer

kept-title = Votre envoi est conservé
kept-sign-in-lead = Reconnectez-vous, vous pourrez ensuite l’envoyer. Il est conservé 15 minutes et n’a pas encore été envoyé.
kept-sign-in-go = Se reconnecter
kept-prove-lead = Pour votre sécurité, montrez-nous encore une fois que c’est bien vous, vous pourrez ensuite l’envoyer. Il est conservé 15 minutes et n’a pas encore été envoyé.
kept-prove-go = Montrer que c’est vous
kept-send-lead = Vous êtes connecté. Ce que vous avez rempli n’a pas encore été envoyé ; vous pouvez l’envoyer maintenant.
kept-send-go = Envoyer maintenant
kept-send-not = Revenir sans envoyer
kept-from-title = Un formulaire d’un autre site
kept-from-site = Il a été rempli sur { $site }, et votre navigateur l’a apporté ici. Il n’a pas encore été transmis.
kept-from-nameless = Il a été rempli sur un autre site, qui ne dit pas son nom, et votre navigateur l’a apporté ici. Il n’a pas encore été transmis.
kept-from-care = Envoyez-le seulement si vous venez de ce site et vouliez revenir ici. Sinon, revenez sans envoyer.
kept-from-sign-in = Connectez-vous d’abord, vous pourrez ensuite décider. Il est conservé une minute.
kept-from-prove = Pour votre sécurité, montrez-nous encore une fois que c’est bien vous, vous pourrez ensuite décider. Il est conservé une minute.
kept-away-title = L’envoi n’est pas possible pour le moment
kept-away-lead = Le portail ne répond pas. Ce que vous avez rempli est toujours conservé : attendez un instant, puis envoyez-le encore une fois.
kept-other-lead = Ce formulaire a été rempli sous un autre nom, et seule cette personne peut l’envoyer. Déconnectez-vous, puis connectez-vous avec ce nom.
kept-other-go = Se déconnecter
kept-gone-title = Votre envoi n’est plus conservé
kept-gone-lead = Il a été conservé 15 minutes, ou il a déjà été envoyé. Veuillez remplir le formulaire encore une fois.
kept-gone-go = Aller à la page d’accueil

## What could not be done

refused-status = Code :
refused-request = Numéro à donner si vous demandez de l’aide :
refused-denied-heading = Cette page ne vous est pas ouverte
refused-denied-text = Votre compte ne permet pas de voir cette page. Si vous en avez besoin, demandez de l’aide en disant quelle page vous cherchez.
refused-not-found-heading = Il n’y a pas de page ici
refused-not-found-text = L’adresse a peut-être changé, ou il manque une lettre. Vérifiez l’adresse, ou allez à la page d’accueil.
refused-wrong-host-heading = Cette adresse n’a pas sa place ici
refused-wrong-host-text = Nous ne connaissons pas l’adresse demandée par votre navigateur. Ouvrez le portail depuis votre favori ou depuis l’e-mail au sujet de votre accès.
refused-away-heading = Le portail ne répond pas pour le moment
refused-away-text = Vous n’avez rien à changer. Attendez quelques minutes, puis rechargez cette page.
refused-busy-heading = Il y a beaucoup de monde en ce moment
refused-busy-text = Nous ne pouvons pas ouvrir la page tout de suite. Attendez un instant, puis rechargez-la.
refused-too-large-heading = C’est plus que ce que nous pouvons recevoir
refused-too-large-text = L’envoi est trop grand et rien n’a été gardé. Revenez en arrière et envoyez un fichier plus petit ou un texte plus court.
refused-bad-request-heading = Nous n’avons pas pu comprendre ce qui a été envoyé
refused-bad-request-text = Rien n’a été changé. Allez à la page d’accueil et réessayez. Si cela se reproduit, demandez de l’aide.
refused-method-heading = Cette page ne s’utilise pas de cette façon
refused-method-text = Rien n’a été changé. Allez à la page d’accueil et rouvrez la page à partir de là.
refused-forgery-heading = Pour votre sécurité, nous nous sommes arrêtés ici
refused-forgery-text = Le formulaire ne venait pas de notre page et rien n’a été changé. Rouvrez la page de connexion et recommencez à partir de là.
refused-fault-heading = Un problème est survenu de notre côté
refused-fault-text = Vous n’y êtes pour rien. Réessayez dans quelques minutes. Si cela se reproduit, demandez de l’aide en donnant le numéro ci-dessous.
refused-session-heading = Reconnectez-vous pour continuer
refused-session-text = Pour votre sécurité, nous vous demandons de temps en temps qui vous êtes. Allez à la page d’accueil et connectez-vous.
refused-handover-heading = Ouvrez la page à nouveau
refused-handover-text = La connexion n’est pas arrivée à temps sur cette page, ou elle a été commencée dans un autre navigateur. Vous n’avez rien fait de mal : allez à la page d’accueil et réessayez.
refused-cookies-heading = Votre navigateur ne vous garde pas connecté
refused-cookies-text = Pour que vous restiez connecté, ce site doit pouvoir garder une petite note dans votre navigateur (un cookie). Autorisez les cookies pour ce site, puis ouvrez la page à nouveau. Un autre navigateur peut aussi aider.
refused-form-too-large-heading = C’est trop volumineux pour être conservé
refused-form-too-large-text = Vous vous êtes absenté un moment : votre envoi n’est pas parti, et il est trop volumineux pour être conservé. Revenez en arrière dans votre navigateur et copiez votre texte avant de continuer. Connectez-vous ensuite et envoyez-le à nouveau.
refused-form-gone-heading = Ce formulaire n’a pas été envoyé
refused-form-gone-text = Il n’est plus conservé : 15 minutes sont passées, ou il a déjà été envoyé. Vérifiez s’il est arrivé avant de le remplir à nouveau.
refused-form-unsure-heading = Nous ne savons pas si votre formulaire est arrivé
refused-form-unsure-text = Il a été envoyé, mais aucune réponse n’est revenue, et il n’est plus conservé. Vérifiez s’il est arrivé avant de le remplir à nouveau.

## Inside an app’s frame

frame-title = Reconnectez-vous pour continuer
frame-text = La connexion n’est possible que dans la fenêtre entière.
frame-open = Ouvrir la fenêtre entière

## The phone that confirms sign-ins

phone-title = Confirmer sur ce téléphone
phone-no-script = Cette page a besoin de JavaScript. Activez-le dans les réglages de votre navigateur, puis rechargez la page. Ou choisissez une autre manière sur votre ordinateur.
phone-cannot-title = Ce navigateur ne peut pas garder la connexion
phone-cannot = Est-ce une fenêtre privée ? Ouvrez alors la page dans une fenêtre ordinaire. Si cela ne suffit pas, essayez un autre navigateur, ou choisissez une autre manière sur votre ordinateur.
phone-install-title = Placez d’abord cette page sur l’écran d’accueil
phone-install-lead = Un iPhone ou un iPad ne garde la connexion que pour les pages de l’écran d’accueil, et elles seules peuvent sonner. Rien n’est téléchargé.
phone-install-share = Touchez le signe Partager.
phone-install-share-hint = Un carré avec une flèche, en bas ou en haut de l’écran. Vous ne le voyez pas ? Touchez d’abord les trois points.
phone-install-add = Choisissez « Sur l’écran d’accueil ».
phone-install-add-hint = Faites défiler vers le bas pour le trouver. Touchez ensuite Ajouter.
phone-install-open = Ouvrez-la depuis l’écran d’accueil.
phone-install-open-hint = Son nom à cet endroit : { $portal }.
phone-install-type = Tapez-y le code.
phone-install-type-hint = Il se trouve sur votre ordinateur.
phone-install-code = Le code pour l’étape 4
phone-install-code-why = Votre téléphone ne laisse pas cette page le transmettre : il faut donc le taper. Votre ordinateur l’affiche aussi.
phone-connect-title = Relier ce téléphone à { $portal } ?
phone-connect-lead = Ensuite, il vous pose une question quand vous vous connectez. Sans ce téléphone, personne d’autre ne peut entrer.
phone-connect-code = Code affiché par votre ordinateur
phone-connect-code-hint = Douze lettres et chiffres. Les majuscules et les espaces ne comptent pas.
phone-connect-name = Nom de ce téléphone
phone-connect-name-hint = Il vous aidera à le reconnaître dans votre compte.
phone-connect-android = Téléphone Android
phone-connect-device = Mon appareil
phone-connect-submit = Relier ce téléphone
phone-connect-not-now = Pas maintenant
phone-ring-title = Ce téléphone doit-il sonner quand vous vous connectez ?
phone-ring-lead = Vous voyez alors un message, vous le touchez et vous êtes au bon endroit. Nous ne nous en servons pour rien d’autre.
phone-ring-then = Le téléphone vous demande si vous êtes d’accord. Choisissez « Autoriser ».
phone-ring-submit = Oui, le faire sonner
phone-ring-without = Relier sans sonnerie
phone-key-called = Confirmer les connexions : { $portal }
phone-key-title = Montrez chaque fois que c’est vous
phone-key-lead = Avant de dire oui, ce téléphone vous demande votre empreinte, votre visage ou son code. Ainsi, personne d’autre ne peut confirmer une connexion avec lui.
phone-key-then = Préparons cela maintenant : votre téléphone vous le demande une fois. Votre empreinte et votre visage restent sur le téléphone ; nous ne les voyons jamais.
phone-key-submit = Préparer avec l’empreinte, le visage ou le code
phone-key-cannot = Ce téléphone ne peut pas le faire
phone-keyless-title = Ce téléphone ne peut pas montrer que c’est vous
phone-keyless-lead = Il lui faut un verrouillage de l’écran : une empreinte, votre visage ou un code. Activez-le dans les réglages de ce téléphone, puis réessayez.
phone-keyless-next = Si cela ne suffit pas, revenez à votre ordinateur et choisissez-y une autre manière, par exemple une application qui montre un nombre.
phone-keyless-submit = Réessayer
phone-again-title = Reliez ce téléphone à nouveau
phone-again-lead = Pour le moment, ce téléphone ne peut pas confirmer de connexion : chaque oui demande maintenant votre empreinte, votre visage ou le code du téléphone, et ce n’est pas préparé ici.
phone-again-account = Nom d’utilisateur :
phone-again-next = Sur votre ordinateur, connectez-vous d’une autre manière, par exemple avec un code de secours. Sur la page de votre compte, choisissez « Ajouter un autre moyen » et reliez ce téléphone avec le code affiché.
phone-again-help = Vous n’avez pas d’autre manière ? Appelez votre service d’aide.
phone-again-submit = Taper le code
phone-waiting-title = Ce téléphone est relié
phone-waiting-lead = Rien à faire maintenant. Quand vous vous connectez, cette page vous pose la question.
phone-waiting-look = Vérifier maintenant
phone-waiting-nothing = Nous venons de vérifier. Rien ne vous attend.
phone-waiting-offline = Nous n’arrivons pas à joindre le portail. Vérifiez que ce téléphone est connecté à Internet. Nous réessayons sans cesse.
phone-waiting-ring = Sonnerie
phone-waiting-ring-on = Activée : ce téléphone sonne quand vous vous connectez.
phone-waiting-ring-off = Désactivée : ouvrez cette page quand vous vous connectez, ou faites sonner le téléphone.
phone-waiting-ring-blocked = Non autorisée sur ce téléphone : ouvrez cette page quand vous vous connectez. Pour qu’il sonne, autorisez les notifications de cette page dans les réglages du téléphone.
phone-waiting-ring-never = Impossible ici : ouvrez cette page quand vous vous connectez. Tout le reste fonctionne.
phone-waiting-ring-now = Faire sonner ce téléphone
phone-waiting-accounts = Comptes reliés
phone-waiting-add = Relier un autre compte
phone-request-title = Est-ce vous qui vous connectez ?
phone-request-lead = Regardez si tout est exact. Si ce n’est pas vous, choisissez le deuxième bouton.
phone-request-first = Essayez tout de suite : tapez le nombre affiché par votre ordinateur. C’est ainsi que cela se passera chaque fois.
phone-request-portal = Portail
phone-request-account = Nom d’utilisateur
phone-request-browser = Appareil
phone-request-place = Lieu
phone-request-place-same = La même connexion Internet que ce téléphone
phone-request-place-other = Une autre connexion Internet :
phone-request-place-normal = C’est normal si ce téléphone n’est pas en Wi-Fi.
phone-request-time = Heure
phone-request-time-now = à l’instant
phone-request-time-one = il y a une minute
phone-request-time-two = il y a deux minutes
phone-request-number = Nombre affiché par votre ordinateur
phone-request-number-hint = Vous vous connectez sur ce téléphone ? Le nombre se trouve alors sur la page d’où vous venez.
phone-request-yes = Oui, c’est moi
phone-request-no = Non, ce n’est pas moi
phone-request-left-two = Vous avez deux minutes pour répondre.
phone-request-left-one = Il vous reste environ une minute. Ensuite, votre ordinateur peut redemander.
phone-request-left-half = Il vous reste une demi-minute. Ensuite, votre ordinateur peut redemander.
phone-stop-title = Arrêter cette connexion ?
phone-stop-lead = Quelqu’un d’autre connaît alors peut-être votre mot de passe. Nous mettons fin à tout ce que cette connexion a ouvert, et nous prévenons votre service d’aide.
phone-stop-submit = Oui, l’arrêter
phone-stop-back = Non, revenir
phone-approved-title = C’est confirmé
phone-approved-lead = Continuez sur votre ordinateur. La page y avance toute seule.
phone-wrong-title = Votre ordinateur affiche un autre nombre
phone-wrong-lead = Pour protéger votre compte, chaque nombre ne peut être essayé qu’une fois.
phone-wrong-next = Sur votre ordinateur, appuyez sur « Demander à nouveau ». Un nouveau nombre s’affiche : tapez-le ici.
phone-refused-title = Cette connexion est arrêtée
phone-refused-lead = Nous avons arrêté cette connexion et mis fin à tout ce qu’elle avait ouvert. Nous avons prévenu votre service d’aide et vous avons envoyé un e-mail.
phone-refused-next = Si ce n’était pas vous, choisissez un nouveau mot de passe : nous vous le demandons à votre prochaine connexion.
phone-over-title = Cette question est close
phone-over-lead = Le temps était écoulé, ou votre ordinateur a redemandé. Si vous êtes en train de vous connecter, appuyez sur « Demander à nouveau » sur votre ordinateur.
phone-gone-title = Ce téléphone n’est plus relié
phone-gone-lead = Il a été retiré du compte, ou sa préparation n’a pas été terminée à temps.
phone-gone-account = Nom d’utilisateur :
phone-gone-next = Vous pouvez le relier à nouveau : faites-le depuis votre ordinateur.
phone-gone-submit = Oublier ce compte ici
phone-close = Fermer ce message
phone-problem-code-missing = Il manque encore le code. Tapez celui qu’affiche votre ordinateur.
phone-problem-code-shape = Le code a douze lettres et chiffres, par groupes de quatre. Regardez à nouveau votre ordinateur et tapez-le en entier.
phone-problem-code-over = Ce code n’est pas valable, ou ne l’est plus. Chacun sert une fois, et pendant dix minutes. Demandez-en un nouveau sur votre ordinateur et tapez-le ici.
phone-problem-too-many = Ce compte a déjà autant de téléphones que possible. Sur votre ordinateur, retirez-en un que vous n’utilisez plus, puis reliez celui-ci.
phone-problem-number-missing = Il manque encore le nombre. Pour dire oui, tapez celui qu’affiche votre ordinateur.
phone-problem-number-shape = Le nombre n’a pas la bonne longueur. Regardez à nouveau votre ordinateur et tapez tous les chiffres, rien d’autre.
phone-problem-not-confirmed = Nous n’avons pas vu que c’est vous, et rien n’a été confirmé. Appuyez à nouveau, puis montrez votre doigt ou votre visage, ou tapez le code du téléphone.
phone-problem-slow-down = Cela faisait beaucoup en peu de temps, et rien n’a été changé. Attendez quelques minutes, puis réessayez.
phone-problem-offline = Nous n’arrivons pas à joindre le portail. Vérifiez que ce téléphone est connecté à Internet, puis appuyez à nouveau.
phone-problem-fault = Un problème est survenu de notre côté. Attendez un instant, puis appuyez à nouveau. Si cela se reproduit, demandez de l’aide.

## Mails: subjects

mail-access-subject = { $portal } : votre accès
mail-password-subject = { $portal } : votre mot de passe provisoire
mail-factor-added-subject = { $portal } : un moyen de confirmer que c’est vous a été ajouté
mail-second-set-up-subject = { $portal } : nous avons arrêté une opération sur votre compte
mail-factor-removed-subject = { $portal } : un moyen de confirmer que c’est vous a été supprimé
mail-spares-made-subject = { $portal } : vous avez de nouveaux codes de secours
mail-spare-used-subject = { $portal } : un code de secours a été utilisé
mail-password-changed-subject = { $portal } : votre mot de passe a été changé
mail-refused-subject = { $portal } : quelqu’un semble connaître votre mot de passe
mail-slowed-subject = { $portal } : votre téléphone a été sollicité très souvent
mail-cloned-subject = { $portal } : nous n’acceptons plus un de vos appareils
mail-pass-issued-subject = { $portal } : un passe a été remis pour votre compte
mail-reset-subject = { $portal } : votre mot de passe

## Mails: how every one begins and ends

mail-greeting = Bonjour { $name },
mail-greeting-nobody = Bonjour,
mail-safe = Nous ne vous demandons jamais votre mot de passe, ni par téléphone ni par e-mail.
mail-automatic = Cet e-mail a été envoyé automatiquement.

## Mails: your access

mail-access-title = Votre accès est prêt
mail-access-lead = Vous pouvez vous connecter dès maintenant. La première connexion prend environ trois minutes.
mail-access-name = Votre nom d’utilisateur
mail-access-password = Votre mot de passe provisoire
mail-access-password-apart = Votre mot de passe provisoire arrive dans un second e-mail.
mail-access-ready = Gardez à portée de main
mail-access-ready-phone = Votre téléphone. Nous vous montrons à l’écran comment l’utiliser.
mail-access-ready-mail = Cet e-mail, avec votre nom d’utilisateur.
mail-access-button = Aller à la page de connexion
mail-access-button-address = Le bouton ne fonctionne pas ? Copiez cette adresse dans votre navigateur :
mail-access-address = Ouvrez cette page pour vous connecter :
mail-access-guide = Voir le guide, étape par étape
mail-access-guide-address = Le guide vous montre chaque étape :
mail-until = Connectez-vous pour la première fois avant le { $day }. Ensuite, le mot de passe provisoire n’est plus valable et il vous en faut un nouveau.

## Mails: the provisional password in a mail of its own

mail-password-title = Votre mot de passe provisoire
mail-password-lead = Utilisez-le pour votre première connexion. Votre nom d’utilisateur et l’adresse de la page de connexion se trouvent dans un autre e-mail.
mail-password-own = Vous choisirez ensuite votre propre mot de passe.

## Mails: a way to sign in was added

mail-factor-added-title = Un moyen de confirmer a été ajouté
mail-factor-added-lead = Un moyen de confirmer que c’est bien vous qui vous connectez a été ajouté à votre compte le { $day } : une application, un téléphone ou un autre appareil.
mail-all-well = C’était vous ? Alors tout est en ordre.

## Mails: somebody began to secure the account a second time

mail-second-set-up-title = Nous avons arrêté une opération
mail-second-set-up-lead = Quelqu’un a voulu sécuriser votre compte une seconde fois, le { $day }, alors que c’était déjà en cours ailleurs. Nous avons arrêté cette seconde tentative. Elle n’a rien changé à votre compte.
mail-second-set-up-you = C’était vous, dans une autre fenêtre ou sur un autre appareil ? Alors tout est en ordre. Continuez là où vous avez commencé.

## Mails: a way to sign in was removed

mail-factor-removed-title = Un moyen de confirmer a été supprimé
mail-factor-removed-lead = Un moyen de confirmer que c’est vous a été supprimé de votre compte le { $day } : une application, un téléphone ou un autre appareil. Il ne laisse plus entrer personne.

## Mails: the codes on paper

mail-spares-made-title = Vous avez de nouveaux codes de secours
mail-spares-made-lead = Une nouvelle liste de codes de secours a été créée pour votre compte le { $day }. Les codes de l’ancienne liste ne fonctionnent plus.
mail-spare-used-title = Un code de secours a été utilisé
mail-spare-used-lead = Un de vos codes de secours a servi à se connecter à votre compte le { $day }.
mail-spare-used-you = C’était vous ? Alors tout est en ordre. Barrez ce code sur votre liste.

## Mails: another password

mail-password-changed-title = Votre mot de passe a été changé
mail-password-changed-lead = Le mot de passe de votre compte a été changé le { $day }. Seul le nouveau fonctionne, et tous les autres appareils ont été déconnectés.

## Mails: what was stopped on the phone

mail-refused-title = Quelqu’un semble connaître votre mot de passe
mail-refused-lead = Quelqu’un a tapé votre mot de passe et a voulu se connecter le { $day }. Cela a été refusé sur votre téléphone. Nous avons arrêté cette connexion et mis fin à tout ce qu’elle avait ouvert.
mail-refused-you = C’est vous qui avez refusé ? Vous avez bien fait. À votre prochaine connexion, nous vous demandons de choisir un nouveau mot de passe.
mail-slowed-title = Votre téléphone a été sollicité très souvent
mail-slowed-lead = Quelqu’un qui connaît votre mot de passe a voulu se connecter plusieurs fois de suite le { $day }. Votre téléphone a été sollicité chaque fois. Nous le laissons maintenant tranquille un moment.
mail-slowed-you = C’était vous ? Attendez un peu, puis connectez-vous à nouveau.

## Mails: a copied key

mail-cloned-title = Nous n’acceptons plus un de vos appareils
mail-cloned-lead = Un de vos appareils a servi à confirmer que c’est vous le { $day }, et sa clé semble avoir été copiée. Pour protéger votre compte, nous n’acceptons plus cette clé.
mail-cloned-you = C’était vous ? Connectez-vous d’une autre manière, par exemple avec un code de secours, et installez à nouveau l’appareil.

## Mails: a pass

mail-pass-issued-title = Un passe a été remis pour votre compte
mail-pass-issued-lead = Un passe a été remis pour votre compte le { $day }, comme pour quelqu’un qui a perdu son téléphone. Il sert une seule fois, après le mot de passe, à installer un nouveau téléphone ou appareil.
mail-pass-issued-you = Vous l’avez demandé ? Alors tout est en ordre.

## Mails: a forgotten password

mail-reset-title = Choisissez un nouveau mot de passe
mail-reset-lead = Un nouveau mot de passe a été demandé sur notre page de connexion. Vous pouvez le choisir maintenant.
mail-reset-button = Choisir un nouveau mot de passe
mail-reset-address = Ouvrez cette page :
mail-reset-code = Ou tapez ce code sur la page où vous l’avez demandé :
mail-reset-until = Cela fonctionne une seule fois, dans les { $minutes } minutes qui suivent la demande.
mail-reset-not-asked = Vous n’avez rien demandé ? Alors vous n’avez rien à faire : votre mot de passe ne change pas.
mail-reset-again-call = Cela se répète ? Appelez-nous au { $phone }.
mail-reset-again-contact = Cela se répète ? Prévenez la personne qui vous a donné votre accès.
mail-not-yet-title = Utilisez votre mot de passe provisoire
mail-not-yet-lead = Un nouveau mot de passe a été demandé sur notre page de connexion. Vous n’en avez pas encore choisi un vous-même : connectez-vous avec le mot de passe provisoire de l’e-mail au sujet de votre accès.
mail-not-yet-call = Vous n’avez plus cet e-mail ? Appelez-nous au { $phone }.
mail-not-yet-contact = Vous n’avez plus cet e-mail ? Adressez-vous à la personne qui vous a donné votre accès.
mail-too-late-title = Votre mot de passe provisoire n’est plus valable
mail-too-late-lead = Un nouveau mot de passe a été demandé sur notre page de connexion. Vous n’en avez pas encore choisi un vous-même, et le mot de passe provisoire de l’e-mail au sujet de votre accès était valable jusqu’au { $day }. Il vous en faut un nouveau.
mail-too-late-call = Appelez-nous au { $phone } pour recevoir un nouveau mot de passe provisoire.
mail-too-late-contact = Demandez un nouveau mot de passe provisoire à la personne qui vous a donné votre accès.

## Mails: if it was not you

mail-not-you-call = Ce n’était pas vous ? Appelez-nous tout de suite au { $phone }.
mail-not-you-contact = Ce n’était pas vous ? Prévenez tout de suite la personne qui vous a donné votre accès.

## Mails: the months

mail-month-january = janvier
mail-month-february = février
mail-month-march = mars
mail-month-april = avril
mail-month-may = mai
mail-month-june = juin
mail-month-july = juillet
mail-month-august = août
mail-month-september = septembre
mail-month-october = octobre
mail-month-november = novembre
mail-month-december = décembre

## The guide to the first connection, as a page and as a document to print

guide-title = Votre première connexion, pas à pas
guide-lead = Vous ne le faites qu’une fois. Les images montrent les pages que vous verrez.
guide-print = Imprimer ce guide (PDF)
guide-before-title = Avant de commencer
guide-before-mail = L’e-mail au sujet de votre accès, avec votre nom d’utilisateur et votre mot de passe provisoire
guide-before-phone = Votre smartphone, connecté à Internet
guide-before-time = Trois minutes au calme
guide-open = Ouvrez ensuite cette adresse, de préférence sur un ordinateur :
guide-sign-in = Tapez votre nom d’utilisateur. Il se trouve dans l’e-mail au sujet de votre accès.
guide-choose = Choisissez ensuite « { $button } ».
guide-alt-sign-in = Image : un champ pour le nom d’utilisateur et un bouton en dessous.
guide-alt-password = Image : votre nom d’utilisateur en haut, un champ pour le mot de passe et un bouton en dessous.
guide-alt-secure = Image : pourquoi une seconde preuve est nécessaire, et le choix des moyens, l’application en premier.
guide-alt-get-app = Image : les deux magasins d’applications, chacun avec un code carré à scanner avec le téléphone.
guide-alt-set-up-app = Image : trois petits dessins du téléphone : ouvrir l’application, toucher le signe plus, choisir le type de compte.
guide-alt-scan = Image : un grand code carré à scanner avec l’application, et un bouton en dessous.
guide-alt-prove = Image : un champ pour les six chiffres que l’application affiche.
guide-alt-recovery-codes = Image : une liste de dix codes à garder.
guide-alt-success = Image : une coche et le message que l’application est prête.
guide-alt-new-password = Image : trois champs, pour l’ancien mot de passe et deux fois le nouveau, avec la liste des règles.
guide-alt-done = Image : une coche et le message que tout est prêt, avec un bouton pour continuer.
guide-next-title = La prochaine fois
guide-problem-title = Si quelque chose ne fonctionne pas
guide-problem-code-title = Le nombre n’est pas accepté
guide-problem-code-text = Chaque nombre est valable trente secondes. Attendez le suivant et tapez-le. S’il n’est pas accepté non plus, regardez l’horloge de votre téléphone : dans ses réglages, la date et l’heure doivent être automatiques.
guide-problem-stopped-title = Vous avez dû vous interrompre
guide-problem-stopped-text = Connectez-vous à nouveau : vous reprenez là où vous étiez. Tant que tout n’est pas prêt, vous utilisez le mot de passe provisoire ; l’e-mail indique jusqu’à quand il est valable.
guide-problem-only-phone-title = Vous n’avez qu’un téléphone
guide-problem-only-phone-text = Ouvrez la même adresse sur votre téléphone. Là où ce guide montre une image à scanner, vous y trouverez un bouton à toucher. Revenez ensuite à la page.
guide-problem-phone-title = Vous n’avez pas de smartphone, ou vous l’avez perdu
guide-problem-phone-text = Demandez-nous de l’aide. Nous chercherons un autre moyen avec vous.
guide-problem-password-title = Vous avez oublié votre mot de passe
guide-problem-password-text = Sur la page du mot de passe, choisissez « Mot de passe oublié ? » et suivez ce qui est indiqué.
guide-help-phone = Aide : { $phone }
guide-page = Page { $number }
guide-pages = sur { $count }
