"""What people say, and what decoders that lost their way make of it."""
# ruff: noqa: RUF001 - letters of other scripts are what this is about

from __future__ import annotations

SAID = (
    # --- sounds, stammers, counts ---
    "Hmmmmmmmm, I think we used Redis.",
    "Hmmmmmmmmm, I think we used Redis for the queue because it was already there.",
    "Aaaaaaaaah, now I remember, that was the second project.",
    "Sooooooooooo, where do I begin?",
    "I I I I I I I I think it was the cache.",
    "The the the the the problem was the index.",
    "w-w-w-w-w-w-w-w-what I mean is the other one",
    "We we we we we had no tests at all, not one.",
    "no no no no no no no no no, not at all, it was the opposite",
    "Yes yes yes yes yes yes yes, exactly, that is what I meant.",
    "Ha ha ha ha ha ha ha ha ha, sorry, that was a funny week.",
    "Hahahahahahahahahaha, good question.",
    "It goes boom boom boom boom boom boom and then it restarts.",
    "very very very very very very very slow",
    "blah blah blah blah blah, and so on, you know the talk",
    "tick tock tick tock tick tock tick tock, and nobody answers",
    # --- dictated ---
    "The mask is 0xFFFFFFFF and we shift it by eight bits.",
    "It starts with 0x00000000000000000000000000000000 and then the counter.",
    "zero zero zero zero zero zero zero zero",
    "the register holds zero one zero one zero one zero one zero one zero one zero one zero one",
    "one one one one one one one one one one one one one one one one",
    "1 0 1 0 1 0 1 0 1 0 1 0 1 0 1 0 is the pattern we wrote",
    "11111111.11111111.11111111.00000000 is the netmask in binary",
    "1111111111111111111111111111111111111111111111111111111111111111",
    "ff ff ff ff ff ff is the broadcast address",
    "ff:ff:ff:ff:ff:ff is the broadcast address",
    "fe80:0000:0000:0000:0000:0000:0000:0001",
    "my number is 555 555 555 555",
    "a budget of 1,000,000,000,000,000",
    "The token was AAAAAAAAAAAAAAAAAAAAAAAA==",
    "w w w dot example dot com",
    "Bindestrich null null null null null null null null null eins",
    "零零零零零零零零零零零零零零一",
    # --- enumerations ---
    (
        "select star from users where id equals one, select star from orders where id equals one, "
        "select star from items where id equals one, select star from prices where id equals one"
    ),
    (
        "We tested the login page, we tested the search page, we tested the cart page, we tested "
        "the checkout page, we tested the orders page, we tested the profile page and the rest."
    ),
    (
        "If a is one then b is two, if a is two then b is three, if a is three then b is four, if "
        "a is four then b is five, and if a is five then we are done."
    ),
    (
        "server one was down, server two was down, server three was down, server four was down, "
        "server five was down, server six was down, and server seven was the only one that was up"
    ),
    "left, right, left, right, left, right, and then straight on",
    "a comma b comma c comma d comma e comma f comma g",
    "It was red, red, red, for the whole afternoon, and then it was green.",
    # --- ordinary speech in many scripts ---
    "I would first look at the logs, then at the metrics, and then I would talk to the team.",
    (
        "გასულ წელს პატარა გუნდთან ერთად ვმუშაობდი და მომხმარებლებისთვის ახალი გადახდის სისტემა "
        "შევქმენით. თავიდან ბევრი სირთულე გვქონდა, რადგან ძველ მონაცემებში შეცდომები იყო, მაგრამ "
        "ნელ-ნელა ყველაფერი გავასწორეთ."
    ),
    (
        "မနှစ်က ကျွန်တော် အဖွဲ့ငယ်လေးတစ်ခုနဲ့ အလုပ်လုပ်ခဲ့ပါတယ်။ ကျွန်တော်တို့ ဝန်ဆောင်မှုအသစ်တစ်ခု "
        "တည်ဆောက်ခဲ့ပြီး ပြဿနာတွေကို တစ်ခုချင်းစီ ဖြေရှင်းခဲ့ပါတယ်။"
    ),
    (
        "เมื่อปีที่แล้วฉันทำงานกับทีมเล็ก ๆ และเราสร้างระบบชำระเงินใหม่ให้ลูกค้า ตอนแรกมีปัญหามากมาก "
        "แต่เราก็ค่อย ๆ แก้ไขทีละเรื่อง"
    ),
    "ປີທີ່ແລ້ວຂ້ອຍເຮັດວຽກກັບທີມນ້ອຍໆ ແລະ ພວກເຮົາສ້າງລະບົບໃໝ່ໃຫ້ລູກຄ້າ",
    "កាលពីឆ្នាំមុន ខ្ញុំបានធ្វើការជាមួយក្រុមតូចមួយ ហើយយើងបានបង្កើតប្រព័ន្ធថ្មីសម្រាប់អតិថិជន",
    "去年我和一个小团队一起开发了新的支付系统，刚开始有很多困难，后来我们一个一个解决了。",
    "对对对对对对对，就是这个意思。",
    "哈哈哈哈哈哈哈哈，不好意思，那个项目太有意思了。",
    "昨年は小さなチームと新しい決済システムを作りました。最初は大変でしたが、少しずつ直しました。",
    "はい、はい、はい、そうです、その通りです。",
    "えええええええ、そうですか、知りませんでした。",
    "작년에 저는 작은 팀과 함께 새로운 결제 시스템을 만들었고 처음에는 어려움이 많았습니다.",
    "네 네 네 네 네, 맞습니다.",
    "В прошлом году я работал с небольшой командой, и мы сделали новую систему оплаты.",
    "да да да да да да, именно так и было",
    "Το περσινό καλοκαίρι δούλεψα με μια μικρή ομάδα και φτιάξαμε ένα νέο σύστημα πληρωμών.",
    "في العام الماضي عملت مع فريق صغير وبنينا نظام دفع جديدا للعملاء وكان الأمر صعبا في البداية.",
    "בשנה שעברה עבדתי עם צוות קטן ובנינו מערכת תשלומים חדשה ללקוחות.",
    "पिछले साल मैंने एक छोटी टीम के साथ काम किया और हमने ग्राहकों के लिए नई भुगतान प्रणाली बनाई।",
    "গত বছর আমি একটি ছোট দলের সঙ্গে কাজ করেছি এবং আমরা একটি নতুন ব্যবস্থা তৈরি করেছি।",
    "கடந்த ஆண்டு நான் ஒரு சிறிய குழுவுடன் பணிபுரிந்து புதிய கட்டண முறையை உருவாக்கினேன்.",
    "గత సంవత్సరం నేను ఒక చిన్న బృందంతో పనిచేసి కొత్త చెల్లింపు వ్యవస్థను నిర్మించాను.",
    "ባለፈው ዓመት ከትንሽ ቡድን ጋር ሠርቻለሁ እና አዲስ የክፍያ ሥርዓት ገነባን።",
    "Անցյալ տարի ես աշխատում էի փոքր թիմի հետ և մենք ստեղծեցինք վճարման նոր համակարգ։",
    "Năm ngoái tôi làm việc với một nhóm nhỏ và chúng tôi đã xây dựng hệ thống thanh toán mới.",
    "Geçen yıl küçük bir ekiple çalıştım ve müşteriler için yeni bir ödeme sistemi kurduk.",
    (
        "Letztes Jahr habe ich mit einem kleinen Team ein neues Zahlungssystem gebaut, das das "
        "das alte ersetzt hat."
    ),
    "L'année dernière, j'ai travaillé avec une petite équipe, et, et, et nous avons tout refait.",
    "W zeszłym roku pracowałem z małym zespołem i zbudowaliśmy nowy system płatności.",
    "C++, C#, .NET and F# — in that order.",
    "x equals x plus one, x equals x plus one, x equals x plus one, three times",
    "Yes.",
    "42",
)
"""Each passes whole: 14 s of speech in 15 s."""

LOOPS: tuple[tuple[str, str], ...] = (
    ("no " * 12, "no"),
    ("no " * 224, "no"),
    ("I think so " * 20, "I think so"),
    ("and then we went to the shop, " * 5, "and then we went to the shop,"),
    (
        "I worked on the cache. " + "It was slow and we made it fast. " * 9,
        "I worked on the cache. It was slow and we made it fast.",
    ),
    (
        "First I read the logs. " + "the logs " * 40 + "And then I asked the team.",
        "First I read the logs. And then I asked the team.",
    ),
    ("We used Redis " + "and and " * 50 + "for the queue.", "We used Redis and for the queue."),
    ("Okay. " * 30, "Okay."),
    ("okay, okay " * 30 + "so I left", "okay, so I left"),
    ("I don't know, I don't know, " * 10, "I don't know,"),
    ("What do you mean by that? " * 6, "What do you mean by that?"),
    ("la " * 100, "la"),
    (
        "The important thing is that the team is able to do the work that is needed. " * 4,
        "The important thing is that the team is able to do the work that is needed.",
    ),
    ("A" * 224, "AAA"),
    ("We said a" + "h" * 200 + " and went on", "We said ahhh and went on"),
    ("no-" * 60 + "no", "no-no"),
    ("haha" * 60, "ha"),
    ("0" * 200, "000"),
    ("1," + "000," * 60, "1,000,"),
    ("ハ" * 40, "ハ"),
    ("はい。" * 20, "はい。"),
    ("我们我们" * 10 + "做了支付系统", "我们做了支付系统"),
    ("谢谢大家的观看和支持我" * 5, "谢谢大家的观看和支持我"),
    ("ครับ" * 12, "ครับ"),
    ("မင်္ဂလာပါ" * 8, "မင်္ဂလာပါ"),
    ("გამარჯობა " * 15, "გამარჯობა"),
    ("да " * 40, "да"),
    ("네 " * 30 + "맞습니다", "네 맞습니다"),
    ("نعم " * 25, "نعم"),
    ("zero " * 150, "zero"),
    ("1 0 " * 60, "1 0"),
    ("हाँ हाँ " * 20, "हाँ"),
    ("I was, I was, I was, I was, I was, I was, I was, I was late.", "I was, late."),
)
"""(text, what is kept of it) with 9 s of speech in 10 s."""

INVENTED: tuple[tuple[str, str, int, float], ...] = (
    ("Thank you. " * 20, "known invention on silence", 9000, 10.0),
    ("you you you you you you you you you you you you you", "known invention on silence", 500, 8.0),
    ("Thanks for watching! " * 6, "known invention on silence", 4000, 8.0),
    ("Subtitles by the Amara.org community " * 5, "subtitle credit", 3000, 4.0),
    ("ご視聴ありがとうございました。" * 6, "subtitle credit", 3000, 4.0),
    ("one two three four five six seven eight", "more words than fit the audio", 300, 0.3),
    ("!" * 100, "marks without a word", 3000, 4.0),
    ("♪ ♪ ♪", "marks without a word", 3000, 4.0),
    ("...", "marks without a word", 900, 1.0),
)
"""(text, reason, ms of speech, seconds of audio): nothing of it can have been said."""
