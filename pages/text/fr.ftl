### French, vous. Short plain sentences; a button says what happens; an error says what happened and what to do.
### The four files hold the same keys, in the same order.

## Every page

language-picker = Langue
error-prefix = Erreur :
help-title = Aide
help-call = Appelez-nous, nous vous aidons volontiers.
help-no-phone = Adressez-vous à la personne qui vous a donné votre accès. Elle peut vous aider.
help-link = Plus d’aide
help-safe = Au téléphone, nous ne vous demandons jamais votre mot de passe.
start-link = Aller à la page d’accueil

## The page people keep among their bookmarks

home-title = Bienvenue
home-lead = Connectez-vous ici pour accéder à votre portail.
home-sign-in = Se connecter
home-signed-in-title = Connexion réussie
home-signed-in-as = Votre nom d’utilisateur : { $name }
home-go-on = Aller au portail
home-sign-out = Se déconnecter
home-keep-title = Gardez cette page
home-keep-lead = La prochaine fois, vous la retrouverez en un clic.
home-keep-computer = Sur un ordinateur : appuyez sur Ctrl et D en même temps.
home-keep-mac = Sur un Mac : appuyez sur Commande (⌘) et D en même temps.
home-keep-iphone = Sur un iPhone ou un iPad : touchez Partager, puis « Sur l’écran d’accueil ».
home-keep-android = Sur un téléphone Android : ouvrez le menu (⋮), puis touchez « Ajouter à l’écran d’accueil ».

## Signing in: the user name

sign-in-title = Se connecter
sign-in-name-label = Nom d’utilisateur
sign-in-name-hint = Il se trouve dans l’e-mail au sujet de votre accès.
sign-in-next = Suivant
sign-in-name-missing = Il manque encore le nom d’utilisateur. Tapez-le ci-dessous, puis choisissez Suivant.
sign-in-start-again = Pour votre sécurité, la page s’est fermée après un moment. Recommencez avec votre nom d’utilisateur.

## Signing in: the password

password-title = Votre mot de passe
password-lead = C’est votre première connexion ? Utilisez le mot de passe provisoire que vous avez reçu.
password-who = Nom d’utilisateur :
password-change-name = Changer
password-label = Mot de passe
password-show = Afficher
password-show-full = Afficher le mot de passe
password-shown = Le mot de passe est affiché.
password-hide = Masquer
password-hide-full = Masquer le mot de passe
password-hidden = Le mot de passe est masqué.
password-submit = Se connecter
password-forgotten = Mot de passe oublié ? Adressez-vous à la personne qui vous a donné votre accès.
password-forgotten-call = Mot de passe oublié ? Appelez le { $phone }.
password-missing = Il manque encore le mot de passe. Tapez-le ci-dessous, puis choisissez Se connecter.
password-wrong = Ce nom d’utilisateur et ce mot de passe ne vont pas ensemble. Vérifiez les deux, puis tapez à nouveau le mot de passe.
password-busy = Beaucoup de personnes se connectent en ce moment. Attendez un instant, puis tapez à nouveau votre mot de passe.
password-throttled = Pour protéger le compte, la connexion est en pause. Attendez quelques minutes, puis réessayez.

## Signing out

sign-out-title = Voulez-vous vous déconnecter ?
sign-out-lead = Votre nom d’utilisateur : { $name }. Enregistrez d’abord votre travail dans le portail.
sign-out-submit = Se déconnecter
sign-out-stay = Ne pas me déconnecter
signed-out-title = Déconnexion réussie
signed-out-lead = D’autres personnes utilisent cet ordinateur ? Fermez aussi les fenêtres du navigateur.
signed-out-again = Se reconnecter

## A second proof is required and the account has none

cannot-sign-in-title = Vous ne pouvez pas encore vous connecter
cannot-sign-in-lead = Votre mot de passe est juste. Ce portail demande aussi une seconde preuve que c’est bien vous, et votre compte n’en a pas encore.
cannot-sign-in-next = Que faire maintenant
cannot-sign-in-call = Appelez-nous et dites que votre compte a besoin d’une seconde preuve. Nous ferons la suite avec vous.
cannot-sign-in-contact = Adressez-vous à la personne qui vous a donné votre accès et dites que votre compte a besoin d’une seconde preuve.

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

## Inside an app’s frame

frame-title = Reconnectez-vous pour continuer
frame-text = La connexion n’est possible que dans la fenêtre entière.
frame-open = Ouvrir la fenêtre entière
