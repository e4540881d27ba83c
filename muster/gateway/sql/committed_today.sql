-- The sum of the payee that got most, and the agent's own; a payment with an idempotency key counts once however often
-- it was sent, and not at all when it is the present one.
SELECT
    coalesce(
        (
            SELECT max(got.amount) FROM (
                SELECT sum(payment.amount) AS amount FROM (
                    SELECT payee, max(amount) AS amount FROM state.commitments
                    WHERE payee = ANY (%(payees)s::text[]) AND committed_at >= %(since)s AND NOT declined
                        AND payment <> %(payment)s
                    GROUP BY payee, payment
                ) AS payment
                GROUP BY payment.payee
            ) AS got
        ),
        0
    ) AS payee,
    coalesce(
        (
            SELECT sum(payment.amount) FROM (
                SELECT max(amount) AS amount FROM state.commitments
                WHERE agent = %(agent)s AND committed_at >= %(since)s AND NOT declined AND NOT approved
                    AND payment <> %(payment)s
                GROUP BY payment
            ) AS payment
        ),
        0
    ) AS agent
