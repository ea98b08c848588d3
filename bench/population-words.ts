// What invented people are called and say, in the languages of where they are. All made up; no name of anybody in particular.

/** How people of one language are named, where they work and what they write. `{}` in a sentence is a word of theirs. */
export type Tongue = {
  readonly tag: string
  readonly given: readonly string[]
  /** Parts of family names and places: one of each makes one. */
  readonly starts: readonly string[]
  readonly middles: readonly string[]
  readonly ends: readonly string[]
  readonly places: readonly string[]
  readonly bodies: readonly string[]
  readonly sentences: readonly string[]
}

const split = (text: string): readonly string[] => text.split(' ')
const listed = (text: string): readonly string[] => text.split('|')

const english: Tongue = {
  tag: 'en',
  given: split(
    'Asha Owen Marta Priya Grace Tom Sarah David Emma James Aoife Niamh Callum Isla Fergus Ngozi Kwame Yusuf Noor Amara Daniel Ruth Hannah Peter Lucy Simon Helen Martin Claire Andrew Naomi Ravi Meera Tunde Zainab Connor Eilidh Rory Imogen Toby',
  ),
  starts: split(
    'Ash Black Brook Car Clay Dun East Fair Green Hal Hol Kirk Lang Mar Nor Oak Pem Rad Stan Thorn Wain West Wood Yar',
  ),
  middles: split('a e i o ber der ing mer sel ter win'),
  ends: split('ford ley ton by wick worth field man son well shaw combe stead croft more'),
  places: split('ham port mouth chester bury minster borough haven bridge cester'),
  bodies: listed(
    'Council|County Council|City Council|Housing Association|Health Board|College|University|Libraries|Fire and Rescue Service|Food Bank|Wildlife Trust|Museum|Advice Centre|Theatre|Community Foundation|Ambulance Service',
  ),
  sentences: listed(
    "I look after one small service for the council and would like to see how others do it.|I work on {} and {} with a team of two and a long list.|Happy to compare notes on {} without a team.|New to the public sector, old to the job.|Three days a week, mostly mornings, with {} on top.|We moved our {} last year and I still have questions about {}.|I keep our week notes going and read everybody else's.|Ask me about {}; I want to hear about {}.|Nobody here does what I do, so I talk to the plants about {}.|Most of my time goes into {} and the meetings about it.|I would like a second opinion on {} before spring.|The service serves {} people in the county.",
  ),
}

const welsh: Tongue = {
  tag: 'cy',
  given: split(
    'Siân Iestyn Carys Dilys Ffion Tomos Beca Rhys Gwenllian Llŷr Angharad Eleri Owain Siôn Nia Lowri Gethin Bethan Hywel Mared',
  ),
  starts: split('Ab Bry Cad Dy Ein Gry Gwyn Llew Llwy Mer Pen Pry Rhy Tre Ty Y'),
  middles: split('a e i o y wen on dd ll'),
  ends: split('dd s n elyn wyn wg fryn fan or yr ys derw'),
  places: split('Llan Aber Pont Tre Pen Betws Caer Rhos'),
  bodies: listed('Cyngor Sir|Cymdeithas Tai|Bwrdd Iechyd|Coleg|Prifysgol|Llyfrgelloedd|Amgueddfa|Menter Iaith'),
  sentences: listed(
    "Rwy'n gofalu am un gwasanaeth bach ac yn awyddus i weld sut mae eraill yn gwneud.|Rwy'n gweithio ar {} a {} mewn tîm o ddau.|Gofynnwch i mi am {}; hoffwn glywed am {}.|Mae'r rhan fwyaf o f'amser yn mynd ar {}.|Tri diwrnod yr wythnos, boreau gan amlaf.|Hoffwn ail farn ar {} cyn y gwanwyn.|Does neb arall yma'n gwneud fy ngwaith i.",
  ),
}

const german: Tongue = {
  tag: 'de',
  given: split(
    'Jürgen Petra Hanna Lukas Mirjam Anke Björn Käthe Sören Ulrike Matthias Grit Thomas Sabine Jörg Heike Felix Annika Renate Götz',
  ),
  starts: split('Acker Berg Born Eich Frei Grün Haber Hoch Kalt Lang Ober Rot Schön Stein Unter Weiß Zimmer Möll'),
  middles: split('en el er ls ig ch s n'),
  ends: split('bauer hofer mann meyer müller ner schmidt stedt wald weg berger'),
  places: split('burg dorf hausen heim stadt furt au bach'),
  bodies: listed(
    'Stadtverwaltung|Landratsamt|Wohnungsgenossenschaft|Stadtwerke|Hochschule|Stadtbibliothek|Klinikum|Jobcenter|Museum',
  ),
  sentences: listed(
    'Ich betreue in der Verwaltung einen kleinen Dienst und möchte sehen, wie es andere machen.|Ich arbeite an {} und {} in einem Team von zweien.|Fragen Sie mich nach {}; ich möchte von {} hören.|Die meiste Zeit geht in {} und die Sitzungen darüber.|Bei uns macht das sonst niemand.|Ich hätte gern eine zweite Meinung zu {}.|Drei Tage die Woche, meist vormittags.',
  ),
}

const french: Tongue = {
  tag: 'fr',
  given: split(
    'Zoë Hélène François Inès Rémi Aurélie Benoît Chloé Noémie Étienne Maëlle Thierry Yasmine Gaëtan Camille Loïc Solène Jérôme',
  ),
  starts: split('Beau Bel Châ Cour Del Du Fon Gar Gran La Le Mar Mon Per Roche Saint Vau'),
  middles: split('li ri vi chê te bre mi'),
  ends: split('ard court teau ne nier roux sart val zac montel neuil'),
  places: split('ville bourg gny sur fontaine rive court lieu'),
  bodies: listed('Mairie|Métropole|Département|Office HLM|Université|Médiathèque|Centre hospitalier|Musée|Association'),
  sentences: listed(
    "Je m'occupe seule d'un petit service et j'aimerais voir comment font les autres.|Je travaille sur {} et {} dans une équipe de deux.|Parlez-moi de {} ; je peux parler de {}.|Le plus clair de mon temps va à {}.|Personne d'autre ici ne fait mon métier.|Je voudrais un deuxième avis sur {}.|Trois jours par semaine, surtout le matin.",
  ),
}

const swedish: Tongue = {
  tag: 'sv',
  given: split('Sanna Anders Åsa Björn Linnéa Örjan Märta Henrik Ebba Göran Johanna Nils Pär Ylva Elin Håkan'),
  starts: split('Ahl Berg Dahl Ek Fors Gran Hag Lind Lund Nor Ny Sjö Strand Söder Väster Öst'),
  middles: split('e a s er'),
  ends: split('gren kvist lund man qvist ström berg dal sson wall'),
  places: split('köping stad vik sund hamn ås'),
  bodies: listed('kommun|region|bibliotek|högskola|bostäder|museum'),
  sentences: listed(
    'Jag sköter en liten tjänst i vår kommun och vill se hur andra gör.|Jag arbetar med {} och {} i ett lag på två.|Fråga mig om {}; jag vill höra om {}.|Det mesta av min tid går till {}.|Ingen annan här gör det jag gör.|Jag vill ha en andra åsikt om {}.',
  ),
}

const polish: Tongue = {
  tag: 'pl',
  given: split('Łucja Małgorzata Paweł Zofia Grażyna Michał Agnieszka Stanisław Żaneta Krzysztof Beata Wojciech'),
  starts: split('Bar Dą Gór Jan Kow Lew Maj Now Ol Piet Ry Szcz Wiś Zie Żuk'),
  middles: split('al cz ew iń ol ow rz'),
  ends: split('ak czyk ecki icka ik owski owska ska uk'),
  places: split('ów owo ice grod sk'),
  bodies: listed('Urząd Miasta|Gmina|Biblioteka|Szpital|Uniwersytet|Muzeum'),
  sentences: listed(
    'Zajmuję się jedną małą usługą i chcę zobaczyć, jak robią to inni.|Pracuję nad {} i {} w zespole dwóch osób.|Proszę pytać o {}; chcę posłuchać o {}.|Nikt inny tu tego nie robi.|Chętnie poznam drugie zdanie o {}.',
  ),
}

const spanish: Tongue = {
  tag: 'es',
  given: split('Mateo Inés Begoña Íñigo Lucía Andrés Núria Jesús Marisol Raúl Pilar Joaquín Ángela Iker'),
  starts: split('Al Bar Cas Dom El Fer Gal Her Lo Mar Mon Nav Ro Sal Val Zu'),
  middles: split('a e i ca da ma ri ta'),
  ends: split('ndez ñez rez dor les lla nco ra rro sco'),
  places: split('villa monte rio puerto fuente'),
  bodies: listed('Ayuntamiento|Diputación|Biblioteca|Universidad|Hospital|Museo'),
  sentences: listed(
    'Llevo un servicio pequeño y quiero ver cómo lo hacen otros.|Trabajo en {} y {} en un equipo de dos.|Pregúntame por {}; quiero saber de {}.|Aquí nadie más hace lo que hago.|Me gustaría una segunda opinión sobre {}.',
  ),
}

const dutch: Tongue = {
  tag: 'nl',
  given: split('Mirjam Joost Sanne Thijs Anouk Daan Femke Ruud Lotte Maarten Noëlle Sjoerd'),
  starts: split('Bos Brink Dijk Haar Hoog Jans Kuip Linde Meer Oost Ruit Veld Wester Zand'),
  middles: split('e en er s ker'),
  ends: split('berg huis kamp laar ma man ra stra sma veen'),
  places: split('dam dijk drecht hoven oord wijk'),
  bodies: listed('Gemeente|Provincie|Bibliotheek|Hogeschool|Woningcorporatie|Ziekenhuis'),
  sentences: listed(
    'Ik zorg voor één kleine dienst en wil zien hoe anderen het doen.|Ik werk aan {} en {} in een team van twee.|Vraag mij over {}; ik hoor graag over {}.|Niemand anders doet hier wat ik doe.|Graag een tweede mening over {}.',
  ),
}

const finnish: Tongue = {
  tag: 'fi',
  given: split('Hanna Päivi Jyrki Äänislinna Tuomas Aino Väinö Kaisa Mikko Sanni'),
  starts: split('Aal Haa Joki Kal Koi Lah Mäki Nie Ran Sal Vir Yli'),
  middles: split('a i o ta vu'),
  ends: split('la nen lainen mäki niemi ranta'),
  places: split('järvi kylä lahti salmi'),
  bodies: listed('Kaupunki|Kunta|Kirjasto|Yliopisto'),
  sentences: listed(
    'Hoidan yhtä pientä palvelua ja haluan nähdä, miten muut tekevät.|Työni on {} ja {} kahden hengen ryhmässä.|Kysy minulta aiheesta {}.|Kukaan muu täällä ei tee tätä.',
  ),
}

const irish: Tongue = {
  tag: 'ga',
  given: split('Aoife Niamh Ciarán Sinéad Pádraig Gráinne Oisín Róisín Eoghan Bríd'),
  starts: split("Mac Mc Ó O' Ní Ui"),
  middles: split('Bra Cea Dua Fla Gal Hea Lea Mur Rua Sui'),
  ends: split('dy gan lach lly naghan nnell rke thaigh illeabháin ghlin'),
  places: split('bally clon kil ard dun'),
  bodies: listed('County Council|Comhairle|Library|University|Hospice'),
  sentences: [
    ...english.sentences.slice(0, 6),
    'Tá mé i bhfeighil seirbhís bheag agus ba mhaith liom a fheiceáil conas a dhéanann daoine eile é.',
    'Fiafraigh díom faoi {}.',
  ],
}

const greek: Tongue = {
  tag: 'el',
  given: split('Ελένη Γιώργος Μαρία Νίκος Δήμητρα Κώστας Άννα Σπύρος'),
  starts: split('Παπα Καρα Χατζη Κωνσταντ Δημητρ Βασιλ'),
  middles: split('δο γιανν λεξ μαν νικ'),
  ends: split('ίδης όπουλος άκης έας άκη'),
  places: split('πολη χωρι λιμανι'),
  bodies: listed('Δήμος|Περιφέρεια|Πανεπιστήμιο|Βιβλιοθήκη'),
  sentences: listed(
    'Φροντίζω μια μικρή υπηρεσία και θέλω να δω πώς το κάνουν άλλοι.|Δουλεύω με {} και {}.|Ρωτήστε με για {}.',
  ),
}

const ukrainian: Tongue = {
  tag: 'uk',
  given: split('Олена Ольга Тарас Наталія Богдан Ірина Юрій Оксана'),
  starts: split('Бонд Ковал Левч Мельни Петр Ткач Шевч'),
  middles: split('ар ен ив ук'),
  ends: split('енко чук ський ко'),
  places: split('град поль ськ'),
  bodies: listed('Міська рада|Університет|Бібліотека|Лікарня'),
  sentences: listed(
    'Я дбаю про одну невелику послугу і хочу побачити, як роблять інші.|Працюю над {} і {}.|Питайте мене про {}.',
  ),
}

const arabic: Tongue = {
  tag: 'ar',
  given: split('نور ليلى سامي هدى كريم رنا عمر سلمى'),
  starts: split('حد خل سع عب'),
  middles: split('ا ي و'),
  ends: split('د ري ل ني'),
  places: split('آباد شهر'),
  bodies: listed('بلدية|جامعة|مكتبة'),
  sentences: listed('أعتني بخدمة صغيرة وأود أن أرى كيف يعمل الآخرون.|أعمل على {} و {}.|اسألوني عن {}.'),
}

/** Countries by how many people they have, per ten thousand, and the language most people there write. */
export const countries: readonly (readonly [code: string, weight: number, tongue: Tongue])[] = [
  ['GB', 3600, english],
  ['DE', 900, german],
  ['FR', 760, french],
  ['SE', 600, swedish],
  ['NL', 480, dutch],
  ['IE', 430, irish],
  ['CA', 390, english],
  ['PL', 350, polish],
  ['ES', 330, spanish],
  ['FI', 260, finnish],
  ['US', 240, english],
  ['NZ', 200, english],
  ['AU', 190, english],
  ['CH', 150, german],
  ['AT', 140, german],
  ['BE', 130, dutch],
  ['GR', 100, greek],
  ['MX', 80, spanish],
  ['IN', 75, english],
  ['AR', 60, spanish],
  ['CL', 50, spanish],
  ['ZA', 45, english],
  ['NG', 40, english],
  ['GH', 36, english],
  ['KE', 34, english],
  ['SN', 30, french],
  ['MA', 28, arabic],
  ['TN', 26, arabic],
  ['EG', 24, arabic],
  ['JO', 20, arabic],
  ['LU', 18, french],
  ['CO', 16, spanish],
  ['PE', 15, spanish],
  ['UY', 14, spanish],
  ['SG', 13, english],
  ['MT', 12, english],
  ['CY', 11, greek],
  ['LB', 10, arabic],
  ['JM', 9, english],
  ['CI', 8, french],
  ['EC', 7, spanish],
  ['AX', 6, swedish],
  ['UA', 5, ukrainian],
]

/** The language of the few in Great Britain who write Welsh, and of nobody elsewhere. */
export const ofWales: Tongue = welsh
