// Shortcodes that the bot, its templates and people commonly use. A name that is not here stays as it was typed.

const GROUPS = {
  Signals:
    "white_check_mark ✅ heavy_check_mark ✔️ x ❌ warning ⚠️ rotating_light 🚨 no_entry ⛔ no_entry_sign 🚫 red_circle 🔴 " +
    "large_orange_circle 🟠 orange_circle 🟠 large_yellow_circle 🟡 yellow_circle 🟡 large_green_circle 🟢 green_circle 🟢 " +
    "large_blue_circle 🔵 blue_circle 🔵 large_purple_circle 🟣 white_circle ⚪ black_circle ⚫ large_green_square 🟩 " +
    "large_red_square 🟥 large_yellow_square 🟨 large_orange_square 🟧 white_large_square ⬜ black_large_square ⬛ " +
    "question ❓ exclamation ❗ bangbang ‼️ grey_question ❔ information_source ℹ️ sos 🆘 new 🆕 ok 🆗 100 💯 " +
    "arrow_right ➡️ arrow_left ⬅️ arrow_up ⬆️ arrow_down ⬇️ arrow_upper_right ↗️ arrow_lower_right ↘️ " +
    "arrows_counterclockwise 🔄 left_right_arrow ↔️ leftwards_arrow_with_hook ↩️ repeat 🔁 fast_forward ⏩ double_vertical_bar ⏸️ arrow_forward ▶️ black_square_for_stop ⏹️ " +
    "heavy_plus_sign ➕ heavy_minus_sign ➖ small_blue_diamond 🔹 small_orange_diamond 🔸 large_blue_diamond 🔷 " +
    "white_small_square ▫️ black_small_square ▪️ recycle ♻️ checkered_flag 🏁 triangular_flag_on_post 🚩 white_flag 🏳️",
  People:
    "+1 👍 thumbsup 👍 -1 👎 thumbsdown 👎 wave 👋 pray 🙏 clap 👏 raised_hands 🙌 raised_hand ✋ raising_hand 🙋 hand ✋ ok_hand 👌 eyes 👀 muscle 💪 " +
    "point_right 👉 point_left 👈 point_up ☝️ point_down 👇 handshake 🤝 writing_hand ✍️ wrench 🔧 bust_in_silhouette 👤 " +
    "busts_in_silhouette 👥 technologist 🧑‍💻 mechanic 🧑‍🔧 astronaut 🧑‍🚀 runner 🏃 sleeping 😴 speech_balloon 💬 thought_balloon 💭 " +
    "smile 😄 smiley 😃 grinning 😀 slightly_smiling_face 🙂 blush 😊 wink 😉 joy 😂 sweat_smile 😅 thinking_face 🤔 " +
    "thinking 🤔 neutral_face 😐 confused 😕 worried 😟 cry 😢 sob 😭 scream 😱 sunglasses 😎 partying_face 🥳 tada 🎉 " +
    "face_palm 🤦 shrug 🤷 salute 🫡 saluting_face 🫡 exploding_head 🤯 relieved 😌 nerd_face 🤓 robot_face 🤖 robot 🤖 ghost 👻 " +
    "heart ❤️ sparkling_heart 💖 broken_heart 💔 fire 🔥 star ⭐ star2 🌟 sparkles ✨ boom 💥 zap ⚡",
  Sky:
    "sunny ☀️ sun_with_face 🌞 sunrise 🌅 sunrise_over_mountains 🌄 city_sunset 🌆 city_sunrise 🌇 pause_button ⏸️ mailbox_with_no_mail 📭 partly_sunny ⛅ " +
    "mostly_sunny 🌤️ cloud ☁️ rain_cloud 🌧️ thunder_cloud_and_rain ⛈️ snowflake ❄️ rainbow 🌈 umbrella ☔ palm_tree 🌴 moon 🌔 crescent_moon 🌙 full_moon 🌕 " +
    "new_moon 🌑 first_quarter_moon 🌓 full_moon_with_face 🌝 night_with_stars 🌃 milky_way 🌌 comet ☄️ earth_americas 🌎 earth_africa 🌍 " +
    "earth_asia 🌏 globe_with_meridians 🌐 telescope 🔭 satellite 🛰️ satellite_antenna 📡 mirror 🪞 ringed_planet 🪐 dizzy 💫",
  Work:
    "clock1 🕐 clock3 🕒 clock9 🕘 alarm_clock ⏰ stopwatch ⏱️ timer_clock ⏲️ hourglass ⌛ hourglass_flowing_sand ⏳ watch ⌚ " +
    "calendar 📅 date 📅 spiral_calendar_pad 🗓️ bell 🔔 no_bell 🔕 loudspeaker 📢 mega 📣 pager 📟 telephone_receiver 📞 phone ☎️ " +
    "iphone 📱 calling 📲 computer 💻 desktop_computer 🖥️ keyboard ⌨️ floppy_disk 💾 cd 💿 battery 🔋 electric_plug 🔌 " +
    "thermometer 🌡️ ticket 🎫 admission_tickets 🎟️ memo 📝 pencil ✏️ pencil2 ✏️ clipboard 📋 page_facing_up 📄 scroll 📜 " +
    "bookmark_tabs 📑 books 📚 book 📖 bar_chart 📊 chart_with_upwards_trend 📈 chart_with_downwards_trend 📉 pushpin 📌 " +
    "round_pushpin 📍 paperclip 📎 link 🔗 mag 🔍 mag_right 🔎 microscope 🔬 stethoscope 🩺 test_tube 🧪 petri_dish 🧫 " +
    "hammer 🔨 hammer_and_wrench 🛠️ tools 🛠️ gear ⚙️ nut_and_bolt 🔩 toolbox 🧰 construction 🚧 shield 🛡️ lock 🔒 unlock 🔓 " +
    "key 🔑 closed_lock_with_key 🔐 package 📦 inbox_tray 📥 outbox_tray 📤 email 📧 envelope ✉️ mailbox 📫 card_index_dividers 🗂️ " +
    "file_folder 📁 open_file_folder 📂 file_cabinet 🗄️ wastebasket 🗑️ label 🏷️ bulb 💡 flashlight 🔦 crystal_ball 🔮 compass 🧭 " +
    "world_map 🗺️ rocket 🚀 airplane ✈️ ship 🚢 anchor ⚓ vertical_traffic_light 🚦 traffic_light 🚥 fire_engine 🚒 ambulance 🚑 " +
    "fire_extinguisher 🧯 ladder 🪜 broom 🧹 thread 🧵 puzzle_piece 🧩 trophy 🏆 dart 🎯 ballot_box_with_check ☑️ " +
    "brain 🧠 bug 🐛 snail 🐌 turtle 🐢 coffee ☕ tea 🍵 cake 🍰 birthday 🎂 pizza 🍕 seedling 🌱 herb 🌿 balloon 🎈",
  Flags: "flag-us 🇺🇸 us 🇺🇸 flag-eu 🇪🇺 eu 🇪🇺 flag-de 🇩🇪 de 🇩🇪 flag-in 🇮🇳 flag-au 🇦🇺 flag-gb 🇬🇧 gb 🇬🇧",
};

const table = new Map();
export const groups = Object.entries(GROUPS).map(([title, text]) => {
  const words = text.split(" ");
  const pairs = [];
  for (let i = 0; i < words.length; i += 2) pairs.push([words[i], words[i + 1]]);
  pairs.forEach(([name, glyph]) => table.set(name, glyph));
  const seen = new Set();
  return { title, pairs: pairs.filter(([, glyph]) => !seen.has(glyph) && seen.add(glyph)) };
});

for (let n = 0; n <= 9; n += 1) {
  table.set(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"][n], `${n}\uFE0F\u20E3`);
}

/** The glyph of `:name:`, skin tones dropped, or undefined. */
export const glyph = (name) => table.get(name.replace(/::skin-tone-\d$/, ""));

export const quick = ["eyes", "white_check_mark", "+1", "pray", "tada", "sos"];

export function find(text, limit = 12) {
  const wanted = text.toLowerCase();
  const names = [...table.keys()];
  const found = names.filter((n) => n.startsWith(wanted)).concat(names.filter((n) => n.indexOf(wanted) > 0));
  return found.slice(0, limit);
}
