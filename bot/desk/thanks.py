"""Does somebody who writes on something resolved say thanks, or that it is back? A catalogue of words. Pure.

A question or a word of trouble is never thanks. What is neither is asked about: to open a request again for nothing
costs an engineer a look, to leave one closed costs the client a run.
"""

import re
import unicodedata
from enum import Enum


class Tone(Enum):
    THANKS = "thanks"
    BACK = "back"
    UNSURE = "unsure"


_THANKS = """
    thanks a lot, many thanks, thanks so much, thank you so much, thank you very much, thank you, thanks, thankyou,
    thanx, thx, tnx, ty, tysm, tyvm, cheers, ta, much appreciated, appreciated, appreciate it, i appreciate it,
    no worries, no problem, np, all good, all set, good to go, it works, works now, works again,
    it works now, working now, working again, it is working now, it's working now, works for me,
    works fine, works great, looks good, lgtm,
    that did it, that was it, that fixed it, fixed, solved, resolved, confirmed, perfect, great, awesome, excellent,
    brilliant, wonderful, nice, super, lovely, legend, legends, you rock, well done, good job, great job, great work,
    good work, got it, ok, okay, kk, cool, good, yes, yep, sure, you can close it, you can close this, please close,
    close it, closing, have a nice day, have a good day, have a good weekend, have a great weekend, good night,
    danke schön, vielen dank, herzlichen dank, danke dir, danke euch, danke, dankeschön, merci vielmals, besten dank,
    läuft wieder, läuft, geht wieder, passt, klappt, klappt jetzt, alles gut, super gemacht,
    merci beaucoup, un grand merci, merci, ça marche, ca marche, c'est bon, parfait, nickel, ça remarche,
    muchas gracias, mil gracias, gracias, ya funciona, funciona, perfecto, genial, vale, listo,
    muito obrigado, muito obrigada, obrigado, obrigada, valeu, funcionou, perfeito,
    grazie mille, molte grazie, grazie, funziona, perfetto, ottimo, va bene,
    hartelijk dank, dank je wel, dank je, dankjewel, bedankt, dank u, werkt weer, het werkt,
    tack så mycket, tack, takk, mange takk, tusen takk, kiitos, tak,
    dziękuję bardzo, dziękuję, dziekuje, dzięki, dzieki, działa, děkuji, díky, dakujem,
    dhanyavaad, dhanyavad, dhanyawad, shukriya, bahut dhanyavad, धन्यवाद, शुक्रिया, बहुत धन्यवाद, आभार, ठीक है,
    nandri, நன்றி, ధన్యవాదాలు, ధన్యవాదములు, ധന്യവാദങ്ങൾ, നന്ദി, ಧನ್ಯವಾದಗಳು, ধন্যবাদ, આભાર, ਧੰਨਵਾਦ, شکریہ, شكرا,
    ありがとうございます, ありがとうございました, ありがとう, 助かりました, 了解です,
    谢谢你, 谢谢, 多谢, 感谢, 謝謝, 好的, 감사합니다, 고마워요,
    спасибо большое, спасибо, teşekkürler, teşekkür ederim, ευχαριστώ, дякую
"""

_FILLER = """
    a all and both everybody everyone folks for guys help hi hey i it is it's its just looks me much my now of on our
    quick really seems so super team that that's the this time to today up us very was we with you your fast job nice
    one support looking sorting solving fixing und das die der für alle nochmals sehr et pour à tous vous por todos e o
    per tutti voor jullie allemaal bhai ji sir madam mate fine works working running runs run well will do heliograph
"""
"""Words that say nothing either way."""

_TROUBLE = re.compile(
    r"""\b(not|no|never|cannot|can't|cant|won't|wont|doesn't|doesnt|don't|dont|isn't|isnt|didn't|didnt|aren't|wasn't
    |but|however|still|except|yet|until|unfortunately|another|same|since|fail\w*|error\w*|broke\w*|breaks?|crash\w*
    |hang\w*|hung|stuck|slow\w*|stop\w*|nan|oom|killed|down|dead|timeout\w*|timed|issue\w*|problem\w*|wrong|bug\w*|bad
    |lost|missing|worse|again|recur\w*|reoccur\w*|help\s+me|urgent|asap|reopen\w*|re-open\w*
    |nicht|kein\w*|aber|immer\s+noch|fehler\w*|leider|kaputt|hängt|wieder\s+nicht|problem\w*|abgestürzt
    |pas|mais|encore|erreur\w*|toujours|hélas|malheureusement|problème\w*|plante
    |pero|todavía|aún|sigue|falla\w*|fallo\w*|problema\w*
    |não|nao|mas|ainda|erro\w*|falha\w*
    |non|ma|ancora|errore|errori
    |niet|geen|maar|nog|steeds|fout\w*
    |nie|ale|błąd|błędy|nadal|inte|ikke|nahi|nahin)\b
    |नहीं|फिर\s+से|இல்லை|না|まだ|ない|不行|没有|還是|还是|안\s?돼|не\b|ещё""",
    re.VERBOSE | re.IGNORECASE,
)
_NO_MORE = re.compile(r"\b(no more|no longer|not any ?more|never again|nicht mehr|kein\w* mehr|ne .* plus)\b", re.I)
_NONE = re.compile(
    r"\b(no|without|zero)\s+((any|more|further|new|other|longer|such)\s+)*(errors?|issues?|problems?|crash\w*|hangs?|nans?"
    r"|timeouts?|failures?|restarts?)\b(\s+(any\s?more|so\s+far|since|since\s+then|now|again))?"
    r"|\b(running|training|working|learning|converging|up|healthy|stable|fine)(\s+(fine|well|smoothly|normally))?\s+again\b(\s+since\s+\w+)?"
)
"""Words of trouble that say the opposite: "no further issues", "all ranks are training again"."""
_QUESTION = re.compile(r"[?？؟⸮]")
_GLAD = re.compile(
    r":(\+1|thumbsup|pray|raised_hands|clap|tada|heart|hearts?|white_check_mark|heavy_check_mark|ok_hand"
    r"|smile|smiley|grin|slightly_smiling_face|blush|star|star2|rocket|muscle|100|bow|partying_face"
    r"|sparkles|fire|wave|handshake|green_heart|blue_heart|saluting_face)(::skin-tone-\d)?:"
)
_GLAD_CHARACTERS = frozenset("👍🙏🙌👏🎉❤♥✅✔👌😀😃😄😁🙂😊⭐🌟🚀💪💯🙇🥳✨🔥👋🤝💚💙🫡☺😍")


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower().replace("’", "'")


_NOTHING = frozenset(_normal(_FILLER).split())
_PHRASES = sorted(
    {_normal(p.strip()) for p in _THANKS.replace("\n", " ").split(",") if p.strip()}, key=len, reverse=True
)
_PHRASE = re.compile("|".join(rf"(?<!\w){re.escape(p)}(?![^\W_])" if p.isascii() else re.escape(p) for p in _PHRASES))


def tone(text: str) -> Tone:
    """What a message on a resolved request says."""
    words = _normal(text)
    if _QUESTION.search(words):
        return Tone.BACK
    left, thanked = _PHRASE.subn(" ", words)
    left, glad = _GLAD.subn(" ", left)
    bare, none = _NONE.subn(" ", left)
    if _TROUBLE.search(bare):
        return Tone.UNSURE if _NO_MORE.search(bare) else Tone.BACK
    if none:
        return Tone.UNSURE
    glad += sum(c in _GLAD_CHARACTERS for c in left)
    rest = [w for w in re.findall(r"[^\W_]+(?:'[^\W_]+)?", left) if w not in _NOTHING]
    names = len(re.findall(r"@\w+", left))
    return Tone.THANKS if (thanked or glad) and len(rest) <= names else Tone.UNSURE
