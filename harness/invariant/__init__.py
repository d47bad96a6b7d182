"""What must hold over a whole history: pure functions from attempts and promises to verdicts.

The method, after that of the checkers for distributed databases: record every request before it is
sent and every response after it was read, inject faults, and afterwards ask whether a correct
server could have given these responses. A request without a response may have taken effect or may
still do so, and is never taken for a failure. A history passes if some behaviour that the vendor
promises explains it, so nothing is a finding that a correct server could have shown.

    history    attempts, and possible duplicate deliveries
               -> effects (one per reference, each with an interval), reads, refusals
               -> segments of each account, from a known balance on
    search     balance bounds at an instant; an order that explains every response
    rules      what must hold; `registry` is the table of their ids and needs
    explain    from a violation to a title, a minimal core of facts and a timeline

What each rule cannot see:

    void-once         a second void acknowledged without an effect, where no refusal is promised
    coupon-once       coupons that a void may have restored, and uses outside the run
    distinct-coupons  numbers issued before the run
    one-effect        a repeat of which neither an entry nor a later balance shows the effect
    bulk-prefix       rows on accounts whose balance is not shown afterwards
    bulk-each         the same, and rows of a response with more or fewer results than rows
    bulk-atomic       the same, and rows missing from a bulk that was done
    price             purchases of which no balance is shown before another change, and costs of
                      nothing or of several prices, which look like lost and repeated changes
    distinct-entries  entries made before the run, and of two operations that may be numbered apart
    floor             accounts on which a void may have taken back points that were spent
    conservation      errors that cancel out, or that an unknown outcome may account for
    bounds            errors no larger than the changes open at that time
    linearizable      accounts with too many requests open or unknown at one time: inconclusive
    announced         changes of unknown outcome, and those that no announcement could name
    announced-once    the same, and repeats that come after the run
    announced-truly   announcements of other members, of earlier runs, and of accounts whose balance
                      is not known throughout
    announced-authentic  whether a secret was given away

Accounts are independent of each other, so each is judged alone. The rules run from the most
specific to the most general, and an account that one of them explains is left out by the others:
one finding per account and root cause.
"""
