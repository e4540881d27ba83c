"""Words by which a customer's wish is known: patterns over normal text, with their weight, in four languages.

A pattern matches at the start of a word and may end within one; `~` stands for up to four words between.
"""

from __future__ import annotations

from typing import Literal

Wish = Literal[
    "refund", "return_question", "tracking", "address", "complaint", "person", "sensitive", "nothing"
]

WISHES: dict[Wish, dict[float, str]] = {
    "refund": {
        3: """
            refund|money back|reimburse|pay me back|get my money|want to return|like to return|return it|return them
            send it back|send them back|send ~ back|return the|return my|return this|sending back|give back|withdraw
            ruckerstatt|erstatt|geld zuruck|zuruckgeben|zuruckschick|zurucksend|zuruck schicken|retourn|retour
            widerruf|geld wieder
            rembours|renvoyer|retourner|retractation|rendre|recuperer mon argent
            reembols|devolver|devolucion|devuelv|mi dinero|desist
        """,
        1: """
            return|cancel|too big|too small|do not like|don't like|changed my mind|not what i expected
            gefallt|passt nicht|zu gross|zu klein|storn
            trop grand|trop petit|plait pas|ne convient pas|annul
            demasiado|no me gusta|cancel|no me convence
        """,
    },
    "return_question": {
        4: """
            return policy|refund policy|how long ~ return|how many days|can i return ~ if|do you accept returns
            how do returns work|possible to return|returns work|conditions for return
            wie lange ~ zuruck|ruckgaberecht|ruckgabefrist|umtauschrecht|wie funktioniert ~ ruck|retouren ~ kosten
            politique de retour|delai de retour|combien de temps ~ retour|conditions de retour|combien de jours
            politica de devolucion|cuanto tiempo ~ devol|plazo ~ devol|cuantos dias|condiciones de devol
        """,
        2: """
            before i order|before ordering|thinking of ordering|in general|general question|personalised items
            allgemeine frage|bevor ich bestell|question generale|avant de commander|pregunta general|antes de pedir
        """,
    },
    "tracking": {
        3: """
            been sent|been shipped|shipping confirmation|when ~ delivered|will be delivered|check on|never got it
            when ~ arrive|when ~ come|not here yet|dispatched
            where is|where's|where are|track|not arrived|hasn't arrived|has not arrived|still waiting|still not here
            when will|when can i expect|when is|delivery status|any news|haven't received|have not received
            hasn't come|did not arrive|didn't arrive|not received|no sign of
            versandbestatig|schon unterwegs|verschickt|wann ~ da|noch nicht gekommen
            wo ist|wo bleib|wo sind|wann kommt|wann kommen|wann ~ geliefert|sendungsverfolg|nicht angekommen
            noch nicht da|warte ich|warte noch|warte immer|noch nichts|lieferstatus|nicht erhalten|paketstatus
            ete expedi|confirmation d'expedition|ete envoye
            ou est|ou en est|ou sont|ou se trouve|suivi|pas recu|pas arrive|toujours pas|quand ~ livre|j'attends
            quand ~ arriv|quand ~ recevr
            ha sido enviado|confirmacion de envio|han enviado
            donde esta|donde estan|no ha llegado|no he recibido|cuando llega|seguimiento|sigo esperando|aun no
            todavia no|cuando ~ recib|estado de mi
        """,
        1: """
            parcel|package|shipment|delivery|courier|paket|sendung|lieferung|colis|livraison|paquete|envio|entrega
            delayed|late|verspat|retard|retras|arriv
        """,
    },
    "address": {
        4: """
            change ~ address|new address|different address|wrong address|update ~ address|correct ~ address
            another address|delivery address|shipping address|have moved|i moved|we moved|moving to|moved house|we've moved|i've moved|address instead
            send it to ~ instead|deliver it to|ship it to
            adresse ander|adresse geander|neue adresse|neue anschrift|andere adresse|umgezogen|umzug|lieferadresse
            anschrift|falsche adresse|adresse ~ andern|bin umgezogen|an folgende adresse
            changer ~ adresse|changement d'adresse|nouvelle adresse|autre adresse|demenage|adresse de livraison
            modifier ~ adresse|mauvaise adresse|corriger ~ adresse
            cambiar ~ direccion|cambio de direccion|nueva direccion|otra direccion|mudado|direccion de entrega
            direccion de envio|modificar ~ direccion|corregir ~ direccion|direccion ~ incorrecta|me mudo
        """,
        1: "address|adresse|direccion|postcode|postleitzahl|code postal|codigo postal",
    },
    "complaint": {
        3: """
            damaged|broken|torn|ripped|hole|stain|scratch|wrong item|wrong colour|wrong color|wrong size|wrong product
            instead of|missing|incomplete|only received|poor quality|bad quality|falling apart|came apart|faded
            frayed|defect|complain|complaint|seam|unravel|shrunk|lost its|not what i ordered|sent me the wrong
            beschadigt|kaputt|zerriss|gerissen|riss |loch|locher|fleck|falsche|falschen|statt|fehlt|fehlen|unvollstandig
            schlechte qualitat|qualitat|beschwer|reklam|mangel|defekt|naht|ausgefrans|verwasch|eingelaufen|dreckig
            endommage|abime|dechire|trou|tache|mauvais article|mauvaise couleur|mauvaise taille|erreur|au lieu|manque
            manquant|incomplet|mauvaise qualite|qualite|reclam|plainte|plaindre|casse|couture|defectueu|deteint
            danad|roto|rota|rasgad|agujero|mancha|equivocad|incorrecto|en lugar de|en vez de|falta algo|me falta|le falta|faltan|incompleto
            mala calidad|calidad|queja|reclamacion|defectuos|costura|destenid|descos
        """,
        1: """
            disappointed|unacceptable|terrible|awful|enttauscht|unverschamt|argerlich|decu|inacceptable|decepcion
            inaceptable
        """,
    },
    "person": {
        6: """
            speak to a human|speak to a person|speak to someone|talk to a human|talk to a person|talk to someone
            speak with a|talk with a|real person|real human|human being|human agent|a human|manager|supervisor
            call me|phone me|ring me|give me a call|call back|callback|not a bot|no bot|a robot
            menschen sprechen|mit einem menschen|mit jemand|mitarbeiter|ruckruf|ruf ~ mich an|rufen sie mich
            zuruckruf|vorgesetzt|echten menschen|echte person|keinen bot|kein bot|geschaftsfuhr
            parler a|un humain|une personne|un conseiller|un responsable|rappelez|rappeler|appelez-moi|m'appeler
            vraie personne|pas un robot
            hablar con|una persona|un humano|un encargado|un responsable|llamame|llamenme|llameme|me llam
            persona real|no un robot
        """,
    },
    "sensitive": {
        7: """
            gdpr|delete my data|delete my account|delete all ~ data|erase my|personal data|right to be forgotten|lawyer
            solicitor|attorney|legal action|court|sue you|small claims|the press|journalist|newspaper|data protection
            dsgvo|meine daten|personenbezogen|loschen|loschung|anwalt|rechtsanwalt|gericht|verklage|die presse|der presse|zeitung
            journalist|datenschutz
            rgpd|mes donnees|donnees personnelles|supprimer mon compte|avocat|tribunal|poursuite|la presse|journalist
            mise en demeure
            mis datos|datos personales|borrar mi|eliminar mi|abogad|juzgado|tribunal|demanda|la prensa|periodist|proteccion de datos
        """,
    },
    "nothing": {
        5: """
            you have been selected|congratulations|winner|voucher|could not be delivered|undeliver|mail delivery
            user unknown|out of office|out of the office|automatic reply|auto-reply|autoreply|unsubscribe|newsletter|special offer
            webinar|sponsored|seo |backlink|marketing services|we help companies|grow your|partnership opportunit
            abwesenheit|nicht im buro|nicht im haus|automatische antwort|abmelden|sonderangebot|angebot fur ihr
            absence du bureau|reponse automatique|absent|desabonner|desinscri|offre speciale
            fuera de la oficina|respuesta automatica|ausente|darse de baja|oferta especial
        """,
        3: """
            everything arrived|all arrived|beautiful, thank|alles angekommen|wunderschon|tout est arrive|ha llegado todo
            thank you so much|thanks so much|many thanks for|just wanted to say|thank you for the|arrived safely
            everything is fine|no need to|works perfectly|love the|great service|all good
            vielen dank fur|wollte mich nur bedanken|nur danke|alles bestens|alles gut|super service|danke fur
            merci beaucoup pour|je voulais juste|tout va bien|tout est parfait|merci pour votre
            muchas gracias por|solo queria|todo perfecto|todo bien|gracias por
        """,
    },
}
