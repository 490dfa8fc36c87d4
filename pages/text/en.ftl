### English. Short plain sentences; a button says what happens; an error says what happened and what to do.
### The four files hold the same keys, in the same order.

## Every page

language-picker = Language
error-prefix = Error:
who-is-here = You are here as
who-not-you = Not you?
help-title = Help
help-call = Call us, we will gladly help you.
help-no-phone = Ask the person who gave you your access. They can help you.
help-link = More help
help-code = Help code:
help-code-use = Read it out when you call: we then see which step you are at.
help-safe = On the telephone we never ask for your password or for a number from your app.
start-link = Go to the start page
ends-text = For your safety, this page closes in five minutes.
ends-more = More time
ends-more-given = The page stays open.
ends-over = For your safety, this page has closed. You can start again right away.
ends-start-again = Start again

## The progress of the first connection

step-number = Step { $number }
step-of = of { $of }
step-access = Your access
step-secure = Secure your account
step-password = Choose your password
step-done = Done

## The page people keep among their bookmarks

home-title = Welcome
home-lead = Sign in here to use your portal.
home-sign-in = Sign in
home-first-title = First time here?
home-first-lead = The guide shows every step with a picture. It takes about three minutes.
home-first-guide = Read the guide
home-first-pdf = Guide to print (PDF)
home-signed-in-title = You are signed in
home-signed-in-as = Your user name: { $name }
home-go-on = Go to the portal
home-account = My account
home-sign-out = Sign out
home-keep-title = Keep this page
home-keep-lead = Next time, you will find it again in one click.
home-keep-computer = On a computer: press Ctrl and D together.
home-keep-mac = On a Mac: press Command (⌘) and D together.
home-keep-iphone = On an iPhone or iPad: tap Share, then “Add to Home Screen”.
home-keep-android = On an Android phone: open the menu (⋮), then tap “Add to Home screen”.
home-keep-others = On another device

## The accounts this browser has used

picker-title = Choose your account
picker-lead = These accounts have been used in this browser.
picker-forget = Forget
picker-forget-who = Forget { $name } in this browser
picker-other = Use another account

## Signing in: the user name

sign-in-title = Sign in
sign-in-name-label = User name
sign-in-name-hint = It is in the e-mail about your access.
sign-in-next = Next
sign-in-name-missing = The user name is still needed. Type it below, then choose Next.
sign-in-start-again = To keep you safe, the page closed after a while. Please start again with your user name.
sign-in-no-cookie = We could not go on. Type your user name again. If this message comes back, allow cookies for this site in your browser.
sign-in-passkey = Sign in with this device
sign-in-passkey-wrong = This device did not recognise you. Sign in with your user name.
sign-in-passkey-cloned = To protect your account we no longer accept this device: there seems to be a copy of it. Sign in with your user name.

## Signing in: the password

password-title = Your password
password-lead = Signing in for the first time? Use the provisional password you received.
password-who = User name:
password-change-name = Change
password-label = Password
password-show = Show
password-shown = The password is shown.
password-hide = Hide
password-hidden = The password is hidden.
password-stay = Stay signed in on this computer
password-stay-hint = Not on a computer that other people use too.
password-submit = Sign in
password-forgotten = Forgotten your password?
password-missing = The password is still needed. Type it below, then choose Sign in.
password-wrong = This user name and this password do not go together. Check both, then type the password again.
password-busy = Many people are signing in just now. Wait a moment, then type your password again.
password-throttled = To protect the account, signing in is paused. Wait a few minutes, then try again.
password-throttled-soon = To protect the account, signing in is paused for a moment. Wait a minute, then try again.

## A forgotten password

forgotten-title = Forgotten your password?
forgotten-lead = Type your user name. We send an e-mail to the address that goes with it.
forgotten-submit = Send me the e-mail
forgotten-have = I have a code already
forgotten-name-missing = The user name is still needed. Type it below, then choose how to go on.
forgotten-call = Call { $phone }. We will help you to get a new password.
forgotten-contact = Ask the person who gave you your access. They can help you to get a new password.
forgotten-back = Back to signing in
mail-code-title = Look in your mailbox
mail-code-lead = If this user name exists, an e-mail is on its way. Open it and press the button in it, or type the code from it here.
mail-code-label = Code from the e-mail
mail-code-hint = Ten letters and digits, in two groups of five.
mail-code-submit = Check the code
mail-code-missing = The code is still needed. Type the code from the e-mail.
mail-code-shape = The code has ten letters and digits. Look at the e-mail again and type all of it.
mail-code-wrong = This code is not valid, or no longer valid. Type the code from the newest e-mail, or ask for another e-mail.
mail-code-busy = Many people are signing in just now. Wait a moment, then check the code again.
mail-code-none-title = No e-mail?
mail-code-none-text = It can take a few minutes. Look in the folder for unwanted mail as well, and check the user name above. We send at most three e-mails an hour.
mail-code-none-call = You can also call { $phone }.
mail-code-none-contact = You can also ask the person who gave you your access.
mail-code-again = Ask for another e-mail
reset-title = Choose a new password
reset-lead = Press the button to go on. If you confirm with your phone or with a number when you sign in, we ask for that first.
reset-submit = Continue
reset-over-title = This link is no longer valid
reset-over-lead = It works once, for half an hour, and only in the newest e-mail. You can ask for another e-mail.

## Signing in: the number from the app

code-title = The number from your app
code-lead = Open the app on your phone and type the six-digit number it shows for this portal.
code-label = Six-digit number
code-submit = Sign in
code-missing = The number is still needed. Open the app on your phone and type the six digits it shows.
code-shape = The number has exactly six digits. Look at the app again and type all six.
code-wrong = This is not the number the app shows now. Check that you are looking at this portal’s number, wait for the next one and type it.
code-clock-ahead = Your phone’s clock is ahead (about { $minutes } min). In the phone’s settings, set date and time to automatic, then wait for a new number and type it.
code-clock-behind = Your phone’s clock is behind (about { $minutes } min). In the phone’s settings, set date and time to automatic, then wait for a new number and type it.
code-used = This number has been used already. Wait until the app shows the next one (at most 30 seconds) and type that.
code-older = This number comes from an older entry in the app. Use the newest entry for this portal, and delete the older one in the app.
code-throttled = To protect the account, signing in is paused. Wait a few minutes, then type a new number.
code-throttled-soon = To protect the account, signing in is paused for a moment. Wait a minute, then type a new number.
code-locked = Too many wrong numbers were typed. To protect the account, we take no more. Ask for help: see “Help” on this page.
code-busy = Many people are signing in just now. Wait a moment, then type a new number.

## Signing in: another way to prove who one is

other-ways = Another way
other-way-approval = Confirm on my phone
other-way-code = Type the number from my app
other-way-passkey = Use my fingerprint, face or device PIN
other-way-recovery = Use one of my spare codes
other-way-help = Lost your phone, or none of this works?

## Signing in: a code on paper

recovery-title = One of your spare codes
recovery-lead = Take the list that you printed or saved. Type a code that you have not used yet.
recovery-label = Code from your list
recovery-submit = Sign in
recovery-missing = The code is still needed. Type a code from your list.
recovery-shape = A code from the list has fifteen letters and digits, in groups of five. Look at the list again and type all of it.
recovery-wrong = This code is not valid. Each code works once, and a new list replaces the old one. Take the next code from your latest list.

## Signing in: a yes on the phone

approve-title = Confirm on your phone
approve-lead = Your phone asks whether it is you. Type this number there.
approve-number = Number for your phone:
approve-waiting = We are waiting for your phone. Then this page moves on by itself.
approve-answered = Your phone has answered.
approve-submit = I have confirmed
approve-silent = Your phone does not ring?
approve-silent-text = Open this page on your phone. It asks you there, whether it rings or not.
approve-open-here = Are you signing in on this phone? Remember the number and open the page here
approve-approved = Your phone has confirmed.
approve-go-on = Go on
approve-ask-lead = Have your phone at hand. It will ask whether it is you, and you type a number there.
approve-ask = Ask my phone
approve-again = Ask again
approve-other-phone = Connect another phone
approve-not-yet = Your phone has not confirmed yet. Open the page on your phone, type the number and choose “Yes, it is me”.
approve-wrong = Another number was typed on the phone. To protect your account, each number can be tried only once. Press the button to get a new one.
approve-expired = Nobody answered within two minutes. Have your phone at hand, then ask again.
approve-replaced = Your phone has been asked about another sign-in since. Press the button to ask again.
approve-held = Your phone is just being asked about another sign-in. Wait two minutes, then ask again, or choose another way.
approve-slowed = Your phone was asked several times and nobody confirmed. To protect your account, it is not asked for a while. Wait a few minutes, or choose another way.
approve-stopped-title = This sign-in was stopped on the phone
approve-stopped-lead = “No, it is not me” was chosen there, so we stopped this sign-in.
approve-stopped-next = Was it you? Then sign in again. To protect your account, you choose a new password this time.
approve-stopped-again = Sign in again
approve-knock = Is that you signing in? Open this to answer.

## Signing in: without the phone

lost-phone-title = Without your phone
lost-phone-lead = There is another way in. Use something that you still have, or call us.
lost-phone-ways = What your account has
lost-phone-call-title = You have none of this?
lost-phone-call = Call { $phone } and read out the help code.
lost-phone-contact = Ask the person who gave you your access, and read out the help code.
lost-phone-pass = You then receive a pass. Type it here and set up your new phone or device.
lost-phone-label = Pass that you were given
lost-phone-submit = Use the pass
lost-phone-missing = The pass is still needed. Type the one you were given.
lost-phone-shape = A pass has ten letters and digits, in two groups of five. Check what you wrote down and type all of it.
lost-phone-wrong = This pass is not valid, or no longer valid. It works once and for a limited time. Check what you wrote down, or ask for a new one.

## A passkey: fingerprint, face or PIN of a device

passkey-title = Confirm with your device
passkey-lead = Your device asks for your fingerprint, your face or its PIN.
passkey-submit = Confirm
passkey-make-title = Use this device to sign in
passkey-make-lead = Your device now asks for your fingerprint, your face or its PIN. None of this is sent to us.
passkey-name = Name of this device
passkey-name-hint = To know it later, for example “Office computer”. Optional.
passkey-make-submit = Use this device
passkey-cancelled = Your device confirmed nothing. Try once more, or choose another way.
passkey-exists = This device is already set up for your account. Choose another device or another way.
passkey-unsupported = This browser cannot do this. Choose another way.
passkey-again = This took too long. Press the button once more.
passkey-wrong = This device did not recognise you. Try once more, or choose another way.
passkey-cloned = To protect your account we no longer accept this device: there seems to be a copy of it. Sign in another way.
set-up-another-way = Choose another way

## First connection: securing the account

secure-title = Let us secure your account
secure-lead = A password can be stolen. Without your phone, nobody else gets in.
secure-app-title = An app on your phone
secure-app-text = It shows a number that you type after your password.
secure-choose = How would you like to do it?
secure-recommended = Recommended
secure-approval-title = A “Yes” on your phone
secure-approval-text = Nothing to install. Your phone asks you, and you type a number there.
secure-passkey-title = The fingerprint, face or PIN of this device
secure-passkey-text = The device proves that it is you, as when you unlock it.
secure-need = What you need
secure-need-phone = your smartphone or tablet
secure-need-time = about three minutes
secure-submit = Start
secure-no-phone = No smartphone? Ask the person who gave you your access.
secure-no-phone-call = No smartphone? Call { $phone }, we will find another way with you.

## First connection: getting the app

get-app-title = Get the app on your phone
get-app-lead = We recommend Microsoft Authenticator. It is free.
get-app-tap = Tap your kind of phone, install the app, then come back to this page.
get-app-scan = Open your phone’s camera and point it at the picture for your phone.
get-app-iphone = iPhone or iPad
get-app-android = Android phone
get-app-picture = Picture to scan: opens { $store }
get-app-search = Or search for “Microsoft Authenticator” in your phone’s app store.
get-app-any-title = I have another app already
get-app-any = Any app of this kind will do, for example Google Authenticator, Authy, 2FAS, Aegis or Apple Passwords.
get-app-submit = I have the app

## First connection: setting up the app

set-up-app-title = Get the app ready
set-up-app-lead = Take your phone. There are three steps.
set-up-app-lead-phone = There are three steps, all on this phone.
set-up-app-open = Open the app.
set-up-app-open-hint = The first time, accept its terms. You do not have to sign in to the app.
set-up-app-add = Tap +.
set-up-app-add-hint = It is at the top or at the bottom of the screen.
set-up-app-other = Choose “Other account”.
set-up-app-other-hint = Other apps say “Scan a QR code”. Let the app use the camera.
set-up-app-back = Come back to this page.
set-up-app-back-hint = You will find it in your browser, where you left it.
set-up-app-tap = On the next page, tap one button.
set-up-app-tap-hint = It opens the app and puts your account there. Nothing to scan, nothing to type.
set-up-app-submit = Ready, go on

## First connection: the account goes into the app

scan-title = Scan this picture with the app
scan-lead = Point your phone’s camera at the picture. The app adds your account by itself.
scan-title-phone = Put your account into the app
scan-lead-phone = Tap the button. The app opens: say yes there, then come back to this page.
scan-open = Open the app
scan-picture = Picture to scan (QR code). If you cannot see it, open “I cannot scan” below it.
scan-picture-phone = Picture to scan (QR code)
scan-cannot = I cannot scan
scan-nothing-opens = The button opens nothing
scan-other-phone = The app is on another phone
scan-by-hand = In the app, choose to enter the code by hand. Then type this:
scan-account = Account name
scan-key = Secret key (keep it to yourself)
scan-copy = Copy
scan-copied = Copied
scan-kind = Spaces do not matter. If the app asks for the kind of code, choose “time-based”.
scan-submit = It is in the app, continue

## First connection: the first number, and success

prove-title = Type the number from the app
prove-lead = The app now shows a six-digit number for this portal. It changes every 30 seconds.
prove-submit = Check the number
prove-scan-again = No number in the app? Scan again

## First connection: the phone is connected

pair-title = Connect your phone
pair-lead = Point your phone’s camera at this picture and open the link. Then press “Connect this phone” there.
pair-picture = QR code with the link for your phone
pair-lead-phone = Press the button. A second page opens: connect your phone there, then come back to this one.
pair-open = Connect this phone
pair-waiting = We are waiting for your phone. Then this page moves on by itself.
pair-connected = Your phone is connected.
pair-submit = My phone is connected
pair-not-yet = Your phone is not connected yet. Open the link on your phone and press “Connect this phone” there.
pair-type = The camera does not help, or your phone asks for a code?
pair-type-text = Open this address on your phone and type the code there.
pair-address = Address
pair-code = Code
pair-once = The code works once, and for ten minutes.
pair-other-phone = Connect another phone
pair-no-code = The code for your phone works for ten minutes. Press the button to get one.
pair-new-code = Show a code
pair-joined-title = Your phone is connected
pair-joined-name = Its name:
pair-joined-next = Now let us try it: your phone asks you, and you type a number there.
pair-joined-submit = Try it
pair-joined-other = Connect another phone instead
approved-title = Notification approved
approved-lead = Your phone has confirmed that it is you. From now on it does so each time you sign in.
approved-submit = Go on

## First connection: the codes on paper

recovery-codes-title = Your spare codes
recovery-codes-lead = If your phone is lost or broken, one of these codes lets you in. Keep them away from your phone. We show them only once.
recovery-codes-use = Each code works once, after your password, in any order.
recovery-codes-name = User name:
recovery-codes-print = Print
recovery-codes-download = Save as a file
recovery-codes-copy = Copy
recovery-codes-copied = Copied
recovery-codes-submit = I have kept them
success-title = Your account is secure
success-lead = From now on, we ask for the number from your app after the password.
success-keep = Keep the app on your phone: you need it every time you sign in.
success-lead-approval = From now on, your phone asks you to confirm after the password.
success-keep-approval = Keep this phone with you when you sign in.
success-lead-passkey = From now on, your device proves that it is you.
success-keep-passkey = On another device, use one of your spare codes.
success-next-password = Choose my password
success-next-portal = Go to the portal

## First connection: a password of one's own

new-password-title = Choose your own password
new-password-lead = It takes the place of the provisional one. A few words that only you would put together work well.
new-password-lead-forgotten = It takes the place of the one you have forgotten. A few words that only you would put together work well.
new-password-current-label = Provisional password
new-password-current-hint = The one you received and have just used.
new-password-new-label = New password
new-password-again-label = New password, once more
new-password-rules = Your new password
new-password-same = Both passwords are the same.
new-password-different = The two passwords are not the same yet.
new-password-submit = Save and continue
new-password-current-missing = The provisional password is still needed. Type the one you received.
new-password-current-wrong = This is not the provisional password. Look at the message you received and type it again; capitals matter.
new-password-missing = The new password is still needed. Choose one and type it below.
new-password-too-long = This new password is too long. Choose one of at most 128 characters.
new-password-again-different = The two new passwords are not the same. Type the new password once more in the last field.
new-password-throttled = To protect the account, changing the password is paused. Wait a few minutes, then try again.
new-password-throttled-soon = To protect the account, changing the password is paused for a moment. Wait a minute, then try again.
new-password-busy = Many people are signing in just now, and nothing was changed. Wait a moment, then save again.
strength-title = Strength:
strength-0 = very weak
strength-1 = weak
strength-2 = fair
strength-3 = good
strength-4 = very good
rule-kept = Fulfilled
rule-open = Not yet
rule-all-kept = Everything is fulfilled.
rule-length = has at least { $number } characters
rule-kinds = has { $number } of these four: capitals, small letters, digits, symbols
rule-not-name = does not contain your user name
rule-not-words = does not contain the portal’s name
rule-not-known = is not a password that thieves know
rule-not-used-before = is not one of your last { $number } passwords
rule-printable = has only characters that can be seen, and spaces
rule-length-broken = This new password is too short. Make it longer: a few words in a row are easy to remember.
rule-kinds-broken = This new password has too few kinds of characters. Add for example a capital letter, a digit or a symbol.
rule-not-name-broken = This new password contains your user name or a part of it. Choose one without it.
rule-not-words-broken = This new password contains the portal’s name or a word that goes with it. Choose one without it.
rule-not-known-broken = Thieves know this password and try it first. Choose another one that only you would think of.
rule-not-used-before-broken = You have had this password before. Choose one that you have not used yet.
rule-printable-broken = This new password contains a character that cannot be seen. Type it again by hand, without copying it.

## First connection: the end, and a set-up that was overtaken

done-title = All set
done-lead = Your account is secure and your own password is saved. The provisional one no longer works.
done-next-time = From now on, you sign in with
done-need-name = your user name
done-need-password = your own password
done-need-number = the number from the app
done-portal = Go to the portal
done-sign-in = Sign in with the new password
done-keep = To find your way back:
done-keep-link = keep the start page
set-up-elsewhere-title = Your account was secured somewhere else
set-up-elsewhere-lead = This happened while you were busy here. Nothing was changed from this page.
set-up-elsewhere-you = Was that you?
set-up-elsewhere-you-text = For example in another window or on another device. Then go on by signing in.
set-up-elsewhere-sign-in = Sign in
set-up-elsewhere-not-you = Was it not you?
set-up-elsewhere-not-you-text = Tell the person who gave you your access at once: somebody else may know your password.
set-up-elsewhere-not-you-text-call = Call { $phone } at once: somebody else may know your password.

## Asking once more who it is

confirm-title = Is it still you?
confirm-lead = For your safety, show us once more that it is you. Then you can go on.
confirm-submit = Yes, go on
confirm-back = Go back
confirm-lead-code = For your safety, type the six-digit number that your app shows now. Then you can go on.
confirm-lead-recovery = For your safety, type a code from your list that you have not used yet. Then you can go on.
confirm-lead-password = For your safety, type your password once more. Then you can go on.
confirm-go = Confirm
password-confirm-missing = The password is still needed. Type it below, then choose Confirm.
password-confirm-wrong = This is not your password. Check it, then type it again; capitals matter.

## One's own account

account-title = Your account
account-done-renamed = The new name is saved.
account-done-first = Saved. From now on, this is what we ask for first.
account-done-removed = It is removed and can no longer be used.
account-done-ended = The device is signed out.
account-done-others = All other devices are signed out.
account-done-language = Your language is saved.
account-done-password = Your new password is saved. All other devices are signed out.
account-problem-last = This is your only way to confirm that it is you, so it stays. Add another way first, then remove this one.
account-problem-many = You already have as many of these as possible. Remove one first, then add the new one.
account-problem-name = This name cannot be saved. Type a name of one to 40 characters.
account-problem-gone = It is no longer there: it was probably removed in another window. Nothing was changed now.
account-factors-title = How you confirm that it is you
account-factors-none = For now, only your password protects your account. Add a second way, so that a stolen password is not enough.
account-kind-code = App that shows a number
account-kind-approval = Phone that asks you
account-kind-passkey = Fingerprint, face or PIN of a device
account-factor-first = Asked first
account-factor-stopped = We no longer accept this one: it seems to have been copied. Remove it and add it again.
account-factor-again = This phone cannot confirm sign-ins for now: each yes needs a finger, a face or a PIN. Add it again, then remove this entry.
account-factor-added = Added on { $day }
account-factor-used = Last used on { $day }
account-factor-change = Change
account-factor-name = Name
account-factor-rename = Save the name
account-factor-ask-first = Ask for this first
account-factor-remove = Remove
account-factor-remove-lead = After that, it can no longer be used to sign in. To have it back, you set it up again.
account-factor-remove-submit = Remove it now
account-factor-only = This is your only way to confirm that it is you, so it stays. Add another way first, then you can remove this one.
account-add = Add another way
account-codes-left = Spare codes left:
account-codes-few = Only a few are left. Make a new list soon, so that you can always get in.
account-codes-none = No spare code is left. Make a new list now, so that you can get in without your phone.
account-codes-new = Make a new list
account-codes-new-lead = You get ten new codes. Those on your old list stop working at once.
account-codes-new-submit = Make the list now
account-password-lead = Does somebody else perhaps know it? Then choose another one.
account-password-open = Choose another password
account-sessions-title = Where you are signed in
account-sessions-lead = Is there a device that you do not know? Sign it out, then choose another password.
account-session-unknown = Unknown device
account-session-this = This device
account-session-address = From the address { $address }
account-used-now = Used just now
account-used-minutes = Used { $number } min ago
account-used-hours = Used { $number } h ago
account-used-day = Used on { $day }
account-session-end = Sign out
account-sessions-end-others = Sign out all other devices
account-language-title = Your language
account-language-label = For our pages and for e-mails to you
account-language-save = Save the language
own-password-lead = When you save it, all your other devices are signed out.
own-password-current-label = Password until now
own-password-submit = Save the new password
own-password-back = Keep my password and go back
own-password-missing = Your password until now is still needed. Type it in the first field.
own-password-wrong = This is not your password until now. Check it, then type it again; capitals matter.

## Signing out

sign-out-title = Do you want to sign out?
sign-out-lead = You are signed in as { $name }. Save your work in the portal first.
sign-out-submit = Sign out
sign-out-everywhere = Sign out on all my devices
sign-out-stay = Stay signed in
signed-out-title = You are signed out
signed-out-lead = Do other people use this computer? Then close the browser’s windows as well.
signed-out-again = Sign in again

onward-title = You are signed in
onward-lead = We take you on to the page you wanted. If nothing happens, press the button.
onward-go = Go on

kept-title = What you sent is kept
kept-sign-in-lead = Sign in again; then you can send it. It is kept for 15 minutes and was not sent yet.
kept-sign-in-go = Sign in again
kept-prove-lead = For your safety, show us once more that it is you; then you can send it. It is kept for 15 minutes and was not sent yet.
kept-prove-go = Show that it is you
kept-send-lead = You are signed in. What you filled in was not sent yet; now you can send it.
kept-send-go = Send it now
kept-send-not = Go back without sending it
kept-from-title = A form from another website
kept-from-site = It was filled in on { $site }, and your browser brought it here. It was not passed on yet.
kept-from-nameless = It was filled in on another website, which does not say its name, and your browser brought it here. It was not passed on yet.
kept-from-care = Send it only if you have just been there and wanted to come back here. Otherwise go back without sending it.
kept-from-sign-in = Sign in first; then you can decide. It is kept for one minute.
kept-from-prove = For your safety, show us once more that it is you; then you can decide. It is kept for one minute.
kept-away-title = It could not be sent just now
kept-away-lead = The portal does not answer. What you filled in is still kept: wait a moment, then send it once more.
kept-other-lead = It was filled in under another name, and only that person can send it. Sign out, then sign in with that name.
kept-other-go = Sign out
kept-gone-title = What you sent is not kept any more
kept-gone-lead = It was kept for 15 minutes, or it was sent already. Please fill in the form once more.
kept-gone-go = Go to the start page

## What could not be done

refused-status = Code:
refused-request = Number to give when you ask for help:
refused-denied-heading = This page is not open to you
refused-denied-text = You are signed in, but your account may not see this page. If you need it, ask for help and say which page you want.
refused-not-found-heading = There is no page here
refused-not-found-text = The address may have changed, or a letter is missing. Check the address, or go to the start page.
refused-wrong-host-heading = This address does not belong here
refused-wrong-host-text = We do not know the address your browser asked for. Open the portal from your bookmark or from the e-mail about your access.
refused-away-heading = The portal does not answer just now
refused-away-text = You do not have to change anything. Wait a few minutes, then load this page again.
refused-busy-heading = It is very busy just now
refused-busy-text = We cannot open the page at once. Wait a moment, then load it again.
refused-too-large-heading = That is more than we can receive
refused-too-large-text = What was sent is too large, and nothing was kept. Go back and send a smaller file or a shorter text.
refused-bad-request-heading = We could not understand what was sent
refused-bad-request-text = Nothing was changed. Go to the start page and try again. If it happens again, ask for help.
refused-method-heading = This page cannot be used in that way
refused-method-text = Nothing was changed. Go to the start page and open the page again from there.
refused-forgery-heading = For your safety, we stopped here
refused-forgery-text = The form did not come from our own page, and nothing was changed. Open the sign-in page again and start from there.
refused-fault-heading = Something went wrong on our side
refused-fault-text = You did nothing wrong. Try again in a few minutes. If it happens again, ask for help and give the number below.
refused-session-heading = Sign in again to go on
refused-session-text = To keep you safe, we ask who you are from time to time. Go to the start page and sign in.
refused-handover-heading = Open the page again
refused-handover-text = Signing in did not reach this page in time, or it was begun in another browser. You did nothing wrong: go to the start page and try again.
refused-cookies-heading = Your browser does not keep you signed in
refused-cookies-text = This website has to keep a small note in your browser (a cookie) so that you stay signed in. Allow cookies for it, then open the page again. Another browser may help too.
refused-form-too-large-heading = This is too much to keep for you
refused-form-too-large-text = You were away for a while, so it was not sent, and it is too large to be kept. Go back in your browser and copy your text before you go on. Then sign in and send it again.
refused-form-gone-heading = This form was not sent
refused-form-gone-text = It is not kept any more: 15 minutes have passed, or it was sent already. Look whether it has arrived before you fill it in again.
refused-form-unsure-heading = We do not know whether your form arrived
refused-form-unsure-text = It was sent, but no answer came back, and it is not kept any more. Look whether it has arrived before you fill it in again.

## Inside an app’s frame

frame-title = Sign in again to go on
frame-text = Signing in is only possible in the full window.
frame-open = Open the full window

## The phone that confirms sign-ins

phone-title = Confirm on this phone
phone-no-script = This page needs JavaScript. Switch it on in the settings of your browser and reload the page. Or choose another way on your computer.
phone-cannot-title = This browser cannot keep the connection
phone-cannot = Is this a private window? Then open the page in an ordinary one. If that does not help, try another browser, or choose another way on your computer.
phone-install-title = First put this page on your Home Screen
phone-install-lead = An iPhone or iPad keeps the connection only for pages on the Home Screen, and only those can ring. Nothing is downloaded.
phone-install-share = Tap the Share sign.
phone-install-share-hint = A square with an arrow, at the bottom or top of the screen. You do not see it? Tap the three dots first.
phone-install-add = Choose “Add to Home Screen”.
phone-install-add-hint = Scroll down to find it. Then tap Add.
phone-install-open = Open it on the Home Screen.
phone-install-open-hint = Its name there: { $portal }.
phone-install-type = Type the code there.
phone-install-type-hint = It is on your computer.
phone-install-code = The code for step 4
phone-install-code-why = Your phone does not let this page pass it on, so it has to be typed. Your computer shows it too.
phone-connect-title = Connect this phone with { $portal }?
phone-connect-lead = From then on it asks you when you sign in. Without this phone, nobody else gets in.
phone-connect-code = Code that your computer shows
phone-connect-code-hint = Twelve letters and digits. Capitals and spaces do not matter.
phone-connect-name = Name of this phone
phone-connect-name-hint = You will recognise it by that in your account.
phone-connect-android = Android phone
phone-connect-device = My device
phone-connect-submit = Connect this phone
phone-connect-not-now = Not now
phone-ring-title = Shall this phone ring when you sign in?
phone-ring-lead = You then see a message, tap it and are in the right place. We use it for nothing else.
phone-ring-then = The phone will ask whether you agree. Choose “Allow”.
phone-ring-submit = Yes, let it ring
phone-ring-without = Connect without ringing
phone-key-called = Confirm sign-ins: { $portal }
phone-key-title = Show each time that it is you
phone-key-lead = Before this phone says yes, it asks for your finger, your face or its PIN. So nobody else can confirm a sign-in with it.
phone-key-then = We set this up now: your phone asks once. Your finger and your face stay on the phone; we never see them.
phone-key-submit = Set up with finger, face or PIN
phone-key-cannot = This phone cannot do that
phone-keyless-title = This phone cannot show that it is you
phone-keyless-lead = That needs a screen lock: a finger, your face or a PIN. Turn one on in the settings of this phone, then try again.
phone-keyless-next = If that does not work, go back to your computer and choose another way there, such as an app that shows a number.
phone-keyless-submit = Try again
phone-again-title = Connect this phone again
phone-again-lead = For now, this phone cannot confirm sign-ins: each yes now needs your finger, your face or the PIN of the phone, and that is not set up here.
phone-again-account = User name:
phone-again-next = On your computer, sign in another way, such as with a spare code. On the page of your account, choose “Add another way” and connect this phone with the code that is shown there.
phone-again-help = Do you have no other way? Call your help desk.
phone-again-submit = Type the code
phone-waiting-title = This phone is connected
phone-waiting-lead = Nothing to do now. When you sign in, this page asks you.
phone-waiting-look = Check now
phone-waiting-nothing = We have just looked. Nothing is waiting for you.
phone-waiting-offline = We cannot reach the portal. Check that this phone is connected to the internet. We keep trying.
phone-waiting-ring = Ringing
phone-waiting-ring-on = On: this phone rings when you sign in.
phone-waiting-ring-off = Off: open this page when you sign in, or let the phone ring.
phone-waiting-ring-blocked = Not allowed on this phone: open this page when you sign in. To let it ring, allow notifications for this page in the settings of the phone.
phone-waiting-ring-never = Not possible here: open this page when you sign in. Everything else works.
phone-waiting-ring-now = Let this phone ring
phone-waiting-accounts = Connected accounts
phone-waiting-add = Connect another account
phone-request-title = Are you signing in?
phone-request-lead = Look whether everything is right. If it was not you, choose the second button.
phone-request-first = Try it right away: type the number that your computer shows. This is how it goes each time from now on.
phone-request-portal = Portal
phone-request-account = User name
phone-request-browser = Device
phone-request-place = Place
phone-request-place-same = The same internet connection as this phone
phone-request-place-other = Another internet connection:
phone-request-place-normal = That is normal if this phone is not on Wi-Fi.
phone-request-time = Time
phone-request-time-now = just now
phone-request-time-one = a minute ago
phone-request-time-two = two minutes ago
phone-request-number = Number that your computer shows
phone-request-number-hint = You are signing in on this phone? Then the number is on the page you came from.
phone-request-yes = Yes, it is me
phone-request-no = No, it is not me
phone-request-left-two = You have two minutes for it.
phone-request-left-one = You still have about a minute. Then your computer can ask once more.
phone-request-left-half = You still have half a minute. Then your computer can ask once more.
phone-stop-title = Stop this sign-in?
phone-stop-lead = Then somebody else may know your password. We end whatever this sign-in has opened, and we tell your help desk.
phone-stop-submit = Yes, stop it
phone-stop-back = No, go back
phone-approved-title = Confirmed
phone-approved-lead = Go on on your computer. The page there moves on by itself.
phone-wrong-title = Your computer shows another number
phone-wrong-lead = To protect your account, each number can be tried only once.
phone-wrong-next = On your computer, press “Ask again”. It shows a new number; type that one here.
phone-refused-title = This sign-in is stopped
phone-refused-lead = We stopped this sign-in and ended whatever it had opened. We have told your help desk and sent you an e-mail.
phone-refused-next = If it was not you, choose a new password: we ask you for one when you sign in next.
phone-over-title = This question is closed
phone-over-lead = The time was over, or your computer has asked anew. If you are signing in, press “Ask again” on your computer.
phone-gone-title = This phone is no longer connected
phone-gone-lead = It was taken off the account, or its set-up was not finished in time.
phone-gone-account = User name:
phone-gone-next = You can connect it again: choose that on your computer.
phone-gone-submit = Forget this account here
phone-close = Close this message
phone-problem-code-missing = The code is still missing. Type the one that your computer shows.
phone-problem-code-shape = The code has twelve letters and digits, in groups of four. Look at your computer again and type all of them.
phone-problem-code-over = This code is not valid, or no longer. Each works once, and for ten minutes. Ask for a new one on your computer and type it here.
phone-problem-too-many = This account has as many phones as it can have. On your computer, take one off that you no longer use, then connect this one.
phone-problem-number-missing = The number is still missing. To say yes, type the one that your computer shows.
phone-problem-number-shape = The number is not the right length. Look at your computer again and type all its digits, nothing else.
phone-problem-not-confirmed = We did not see that it is you, and nothing was confirmed. Press again, then show your finger or your face, or type the PIN of the phone.
phone-problem-slow-down = That was a lot within a short time, and nothing was changed. Wait a few minutes, then try again.
phone-problem-offline = We cannot reach the portal. Check that this phone is connected to the internet, then press again.
phone-problem-fault = Something went wrong on our side. Wait a moment, then press again. If it happens again, ask for help.

## Mails: subjects

mail-access-subject = { $portal }: your access
mail-password-subject = { $portal }: your provisional password
mail-factor-added-subject = { $portal }: a way to confirm that it is you was added
mail-second-set-up-subject = { $portal }: we stopped something on your account
mail-factor-removed-subject = { $portal }: a way to confirm that it is you was removed
mail-spares-made-subject = { $portal }: you have new spare codes
mail-spare-used-subject = { $portal }: a spare code was used
mail-password-changed-subject = { $portal }: your password was changed
mail-refused-subject = { $portal }: somebody seems to know your password
mail-slowed-subject = { $portal }: your phone was asked very often
mail-cloned-subject = { $portal }: we no longer accept one of your devices
mail-pass-issued-subject = { $portal }: a pass for your account was given out
mail-reset-subject = { $portal }: your password

## Mails: how every one begins and ends

mail-greeting = Hello { $name },
mail-greeting-nobody = Hello,
mail-safe = We never ask for your password by phone or e-mail.
mail-automatic = This e-mail was sent automatically.

## Mails: your access

mail-access-title = Your access is ready
mail-access-lead = You can sign in now. The first time takes about three minutes.
mail-access-name = Your user name
mail-access-password = Your provisional password
mail-access-password-apart = Your provisional password comes in a second e-mail.
mail-access-ready = Have these at hand
mail-access-ready-phone = Your phone. The screen shows you how to use it.
mail-access-ready-mail = This e-mail, with your user name.
mail-access-button = Go to the sign-in page
mail-access-button-address = Does the button not work? Copy this address into your browser:
mail-access-address = Open this page to sign in:
mail-access-guide = See the guide, step by step
mail-access-guide-address = The guide shows you each step:
mail-until = Sign in for the first time before { $day }. After that, the provisional password is no longer valid and you need a new one.

## Mails: the provisional password in a mail of its own

mail-password-title = Your provisional password
mail-password-lead = Use it to sign in for the first time. Your user name and the address of the sign-in page are in another e-mail.
mail-password-own = You will then choose a password of your own.

## Mails: a way to sign in was added

mail-factor-added-title = A way to confirm was added
mail-factor-added-lead = On { $day }, a way to confirm that it is you who signs in was added to your account: an app, a phone or another device.
mail-all-well = If it was you, all is well.

## Mails: somebody began to secure the account a second time

mail-second-set-up-title = We stopped something
mail-second-set-up-lead = On { $day }, somebody tried to secure your account a second time while this was already under way elsewhere. We stopped that second attempt. It changed nothing on your account.
mail-second-set-up-you = If it was you, in another window or on another device, all is well. Go on where you began.

## Mails: a way to sign in was removed

mail-factor-removed-title = A way to confirm was removed
mail-factor-removed-lead = On { $day }, a way to confirm that it is you was removed from your account: an app, a phone or another device. It no longer lets anybody in.

## Mails: the codes on paper

mail-spares-made-title = You have new spare codes
mail-spares-made-lead = On { $day }, a new list of spare codes was made for your account. The codes of the old list no longer work.
mail-spare-used-title = A spare code was used
mail-spare-used-lead = On { $day }, one of your spare codes was used to sign in to your account.
mail-spare-used-you = If it was you, all is well. Cross that code off your list.

## Mails: another password

mail-password-changed-title = Your password was changed
mail-password-changed-lead = On { $day }, the password of your account was changed. Only the new one works, and all other devices have been signed out.

## Mails: what was stopped on the phone

mail-refused-title = Somebody seems to know your password
mail-refused-lead = On { $day }, somebody typed your password and tried to sign in. This was refused on your phone. We stopped this sign-in and ended whatever it had opened.
mail-refused-you = If it was you who refused, you did the right thing. At your next sign-in, we ask you to choose a new password.
mail-slowed-title = Your phone was asked very often
mail-slowed-lead = On { $day }, somebody who knows your password tried to sign in again and again. Your phone was asked each time. We now leave it in peace for a while.
mail-slowed-you = If it was you, wait a little, then sign in once more.

## Mails: a copied key

mail-cloned-title = We no longer accept one of your devices
mail-cloned-lead = On { $day }, one of your devices was used to confirm that it is you, and its key seems to have been copied. To protect your account, we no longer accept that key.
mail-cloned-you = If it was you, sign in another way, for example with a spare code, and set the device up again.

## Mails: a pass

mail-pass-issued-title = A pass for your account was given out
mail-pass-issued-lead = On { $day }, a pass for your account was given out, as for somebody who has lost the phone. It works once, after the password, to set up a new phone or device.
mail-pass-issued-you = If you asked for it, all is well.

## Mails: a forgotten password

mail-reset-title = Choose a new password
mail-reset-lead = On our sign-in page, a new password was asked for. You can choose it now.
mail-reset-button = Choose a new password
mail-reset-address = Open this page:
mail-reset-code = Or type this code on the page where you asked for it:
mail-reset-until = This works once, in the { $minutes } minutes after it was asked for.
mail-reset-not-asked = If you did not ask for it, you do not have to do anything: your password stays as it is.
mail-reset-again-call = Does this happen again and again? Call us on { $phone }.
mail-reset-again-contact = Does this happen again and again? Tell the person who gave you your access.
mail-not-yet-title = Use your provisional password
mail-not-yet-lead = On our sign-in page, a new password was asked for. You have not chosen one of your own yet: sign in with the provisional password from the e-mail about your access.
mail-not-yet-call = Do you no longer have that e-mail? Call us on { $phone }.
mail-not-yet-contact = Do you no longer have that e-mail? Ask the person who gave you your access.
mail-too-late-title = Your provisional password is no longer valid
mail-too-late-lead = On our sign-in page, a new password was asked for. You have not chosen one of your own yet, and the provisional password from the e-mail about your access was valid until { $day }. You need a new one.
mail-too-late-call = Call us on { $phone } to get a new provisional password.
mail-too-late-contact = Ask the person who gave you your access for a new provisional password.

## Mails: if it was not you

mail-not-you-call = If it was not you, call us at once on { $phone }.
mail-not-you-contact = If it was not you, tell the person who gave you your access at once.

## Mails: the months

mail-month-january = January
mail-month-february = February
mail-month-march = March
mail-month-april = April
mail-month-may = May
mail-month-june = June
mail-month-july = July
mail-month-august = August
mail-month-september = September
mail-month-october = October
mail-month-november = November
mail-month-december = December

## The guide to the first connection, as a page and as a document to print

guide-title = Your first sign-in, step by step
guide-lead = You do this once. The pictures show the pages that you will see.
guide-print = Print this guide (PDF)
guide-before-title = Before you start
guide-before-mail = The e-mail about your access, with your user name and your provisional password
guide-before-phone = Your smartphone, connected to the internet
guide-before-time = Three quiet minutes
guide-open = Then open this address, best of all on a computer:
guide-sign-in = Type your user name. It is in the e-mail about your access.
guide-choose = Then choose “{ $button }”.
guide-alt-sign-in = Picture: one field for the user name and a button below it.
guide-alt-password = Picture: your user name at the top, one field for the password and a button below it.
guide-alt-secure = Picture: why a second proof is needed, and a choice of ways with the app as the first.
guide-alt-get-app = Picture: the two app stores, each with a square code to scan with the phone.
guide-alt-set-up-app = Picture: three small drawings of the phone: open the app, tap the plus sign, choose the kind of account.
guide-alt-scan = Picture: a large square code to scan with the app, and a button below it.
guide-alt-prove = Picture: one field for the six digits that the app shows.
guide-alt-recovery-codes = Picture: a list of ten codes to keep.
guide-alt-success = Picture: a tick and the message that the app is set up.
guide-alt-new-password = Picture: three fields for the old password and twice the new one, with the list of rules.
guide-alt-done = Picture: a tick and the message that everything is ready, with a button to go on.
guide-next-title = The next time
guide-problem-title = If something does not work
guide-problem-code-title = The number is not accepted
guide-problem-code-text = Each number is good for thirty seconds. Wait for the next one and type it. If that one is not accepted either, look at the clock of your phone: in its settings, date and time must be set automatically.
guide-problem-stopped-title = You had to stop in between
guide-problem-stopped-text = Sign in again: you go on where you stopped. Until everything is ready you use the provisional password; the e-mail says until when it is good.
guide-problem-only-phone-title = You have only a phone
guide-problem-only-phone-text = Open the same address on your phone. Where this guide shows a picture to scan, you will find a button to tap there. Afterwards, come back to the page.
guide-problem-phone-title = You have no smartphone, or you have lost it
guide-problem-phone-text = Ask us for help. We will look for another way with you.
guide-problem-password-title = You have forgotten your password
guide-problem-password-text = On the page for the password, choose “Forgotten your password?” and do what it says.
guide-help-phone = Help: { $phone }
guide-page = Page { $number }
guide-pages = of { $count }
