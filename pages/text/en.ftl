### English. Short plain sentences; a button says what happens; an error says what happened and what to do.
### The four files hold the same keys, in the same order.

## Every page

language-picker = Language
error-prefix = Error:
help-title = Help
help-call = Call us, we will gladly help you.
help-no-phone = Ask the person who gave you your access. They can help you.
help-link = More help
help-safe = On the telephone we never ask for your password.
start-link = Go to the start page

## The page people keep among their bookmarks

home-title = Welcome
home-lead = Sign in here to use your portal.
home-sign-in = Sign in
home-signed-in-title = You are signed in
home-signed-in-as = Your user name: { $name }
home-go-on = Go to the portal
home-sign-out = Sign out
home-keep-title = Keep this page
home-keep-lead = Next time, you will find it again in one click.
home-keep-computer = On a computer: press Ctrl and D together.
home-keep-mac = On a Mac: press Command (⌘) and D together.
home-keep-iphone = On an iPhone or iPad: tap Share, then “Add to Home Screen”.
home-keep-android = On an Android phone: open the menu (⋮), then tap “Add to Home screen”.

## Signing in: the user name

sign-in-title = Sign in
sign-in-name-label = User name
sign-in-name-hint = It is in the e-mail about your access.
sign-in-next = Next
sign-in-name-missing = The user name is still needed. Type it below, then choose Next.
sign-in-start-again = To keep you safe, the page closed after a while. Please start again with your user name.

## Signing in: the password

password-title = Your password
password-lead = Signing in for the first time? Use the provisional password you received.
password-who = User name:
password-change-name = Change
password-label = Password
password-show = Show
password-show-full = Show the password
password-shown = The password is shown.
password-hide = Hide
password-hide-full = Hide the password
password-hidden = The password is hidden.
password-submit = Sign in
password-forgotten = Forgotten your password? Ask the person who gave you your access.
password-forgotten-call = Forgotten your password? Call { $phone }.
password-missing = The password is still needed. Type it below, then choose Sign in.
password-wrong = This user name and this password do not go together. Check both, then type the password again.
password-busy = Many people are signing in just now. Wait a moment, then type your password again.
password-throttled = To protect the account, signing in is paused. Wait a few minutes, then try again.

## Signing out

sign-out-title = Do you want to sign out?
sign-out-lead = You are signed in as { $name }. Save your work in the portal first.
sign-out-submit = Sign out
sign-out-stay = Stay signed in
signed-out-title = You are signed out
signed-out-lead = Do other people use this computer? Then close the browser’s windows as well.
signed-out-again = Sign in again

## A second proof is required and the account has none

cannot-sign-in-title = You cannot sign in yet
cannot-sign-in-lead = Your password is right. This portal also asks for a second proof that it is you, and your account does not have one yet.
cannot-sign-in-next = What to do now
cannot-sign-in-call = Call us and say that your account needs a second proof. We will do the rest with you.
cannot-sign-in-contact = Ask the person who gave you your access, and say that your account needs a second proof.

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

## Inside an app’s frame

frame-title = Sign in again to go on
frame-text = Signing in is only possible in the full window.
frame-open = Open the full window
